/** One looks at another variant: city, ground to walk on, switch and words change together. Its code comes after the first picture. */
import type { City } from '../city/city';
import type { Stage } from '../city/stage';
import type { Session } from '../net/session';
import type { Manifest } from '../protocol/messages';
import type { Hud } from '../ui/hud';
import { strings } from '../ui/strings';
import type { Body } from '../walk/body';
import { layersAway, type Away } from './away';
import type { Variants } from './variants';

export interface VariationOptions {
  readonly session: Session;
  readonly stage: Stage;
  readonly canvas: HTMLCanvasElement;
  /** Whether a change may take a moment to watch. */
  readonly soft: () => boolean;
  readonly hud: Hud;
  readonly city: City;
  readonly body: Body;
  /** Other tiles are on screen. */
  readonly changed: () => void;
}

export interface Variation {
  /** The city is this one from now on. */
  manifest(manifest: Manifest): void;
  /** The first picture is whole: there is time for the switch. */
  load(): void;
  /** Undefined until it has come, and where the city has no variants. */
  readonly variants: Variants | undefined;
}

export function createVariation(options: VariationOptions): Variation {
  const { city, body, hud } = options;
  let scene: Manifest | undefined;
  let variants: Variants | undefined;
  let isTime = false;

  function leaveOut(away: Away): void {
    city.leaveOut(away);
    body.leaveOut(away);
  }

  async function load(): Promise<void> {
    if (!isTime || variants || !scene) return;
    // What isn't real is to be told by its looks.
    if (scene.variants.length === 0 && !strings.realities(scene.layers.map(({ reality }) => reality))) return;
    const { createSwitch } = await import('./switch');
    variants ??= createSwitch({ ...options, leaveOut });
    variants.manifest(scene);
  }

  return {
    manifest(manifest) {
      scene = manifest;
      if (variants) return variants.manifest(manifest);
      const away = layersAway(manifest.variants.flatMap(({ layers }) => layers));
      leaveOut(away);
      hud.realities(manifest.layers.filter((_, layer) => !away.layers.has(layer)).map(({ reality }) => reality));
      void load();
    },
    load() {
      isTime = true;
      void load();
    },
    get variants() {
      return variants;
    },
  };
}
