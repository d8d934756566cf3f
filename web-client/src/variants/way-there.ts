/** The way to what a variant adds, for whoever is too far away to see it. */
import { headingToYaw, sceneToWorld } from '../core/frames';
import type { SpawnPoint } from '../protocol/scene';
import { fadeFrom } from '../ui/cross-fade';
import { button } from '../ui/dom';
import { variantStrings } from '../ui/variant-strings';
import type { WorkshopContext } from '../workshop';

export type WayThereContext = Pick<WorkshopContext, 'stage' | 'soft' | 'placing' | 'viewer' | 'modes' | 'variation' | 'hud'>;

/** Who is nearer than this to where one sees it, sees it. */
const NEAR_M = 20;

export interface WayThere {
  /** Looks whether one is there. */
  frame(): void;
}

export function createWayThere({ stage, soft, placing, viewer, modes, variation, hud }: WayThereContext): WayThere {
  const way = button(variantStrings.goThere, 'tool', go);
  way.hidden = true;
  variation.also(way);
  const canvas = stage.renderer.domElement;

  function go(): void {
    const shown = variation.variants?.shown;
    if (!shown?.view) return;
    if (soft() && !stage.renderer.xr.isPresenting) {
      stage.render();
      fadeFrom(canvas);
    }
    if (modes.orbiting) placing.setOrbit(false);
    placing.standAt(sceneToWorld(shown.view.position), headingToYaw(shown.view.heading_deg), 0);
    hud.announce(variantStrings.there(shown.title));
    // The button goes away now: whoever pressed it with a key goes on in the city.
    canvas.focus({ preventScroll: true });
  }

  function isNear({ position }: SpawnPoint): boolean {
    const [x, , z] = sceneToWorld(position);
    return !modes.orbiting && Math.hypot(viewer.x - x, viewer.z - z) < NEAR_M;
  }

  return {
    frame() {
      const view = variation.variants?.shown?.view;
      way.hidden = !view || isNear(view);
    },
  };
}
