/** One looks at another variant: city, ground to walk on, switch and words change together. Its code comes after the first picture. */
import type { City } from '../city/city';
import type { Stage } from '../city/stage';
import type { Session } from '../net/session';
import type { Manifest } from '../protocol/messages';
import type { Hud } from '../ui/hud';
import { strings } from '../ui/strings';
import type { Body } from '../walk/body';
import { layersAway, type Away } from './away';
import type { Switch } from './switch';
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
  /** Calls whenever something else is looked at. */
  watch(changed: () => void): void;
  /** Looks at this one, as soon as that can be chosen. */
  choose(name: string): void;
  /** Puts something beside the switch. */
  also(part: HTMLElement): void;
  /** What is to be told of a feature beside what it is. */
  about(id: string): readonly Node[];
  /** Undefined until it has come, and where the city has no variants. */
  readonly variants: Variants | undefined;
}

export function createVariation(options: VariationOptions): Variation {
  const { city, body, hud } = options;
  let scene: Manifest | undefined;
  let made: Switch | undefined;
  let isTime = false;
  let wanted: string | undefined;
  const watchers: (() => void)[] = [];
  const parts: HTMLElement[] = [];

  function leaveOut(away: Away): void {
    city.leaveOut(away);
    body.leaveOut(away, () => made?.enclosed());
    for (const watcher of watchers) watcher();
  }

  async function load(): Promise<void> {
    if (!isTime || made || !scene) return;
    // What isn't real is to be told by its looks.
    if (scene.variants.length === 0 && !strings.realities(scene.layers.map(({ reality }) => reality))) return;
    const { createSwitch } = await import('./switch');
    made ??= createSwitch({ ...options, leaveOut });
    made.also(...parts.splice(0));
    made.variants.manifest(scene);
    if (wanted !== undefined) made.variants.choose(wanted);
    wanted = undefined;
  }

  return {
    manifest(manifest) {
      scene = manifest;
      if (made) return made.variants.manifest(manifest);
      const away = layersAway(manifest.variants.flatMap(({ layers }) => layers));
      leaveOut(away);
      hud.realities(manifest.layers.filter((_, layer) => !away.layers.has(layer)).map(({ reality }) => reality));
      void load();
    },
    load() {
      isTime = true;
      void load();
    },
    watch: (changed) => void watchers.push(changed),
    choose(name) {
      if (made) made.variants.choose(name);
      else wanted = name;
    },
    also(part) {
      if (made) made.also(part);
      else parts.push(part);
    },
    about: (id) => made?.about(id) ?? [],
    get variants() {
      return made?.variants;
    },
  };
}
