/** Fetches the code that draws plants when the first tile with plants is shown. */
import type { Object3D, Scene } from 'three';

import type { City, Point } from './city';
import type { PickedPlant, Plants } from './plants';
import type { Surroundings } from './surroundings';

export interface GreeneryOptions {
  readonly scene: Scene;
  readonly city: City;
  readonly uniforms: Surroundings;
  /** Compiles shaders without making the picture wait. */
  readonly prepare: (things: Object3D) => Promise<unknown>;
  /** Something can be drawn that couldn't before. */
  readonly changed: () => void;
}

export interface Greenery {
  /** The tiles on screen have changed. */
  tilesChanged(): void;
  /** @returns whether other plants are drawn than before. */
  frame(eye: Point, picked: PickedPlant | undefined): boolean;
}

export function createGreenery({ scene, city, uniforms, prepare, changed }: GreeneryOptions): Greenery {
  let plants: Plants | undefined;
  let asked = false;

  async function fetch(): Promise<void> {
    asked = true;
    const { createPlants } = await import('./plants');
    const grown = createPlants(uniforms);
    await prepare(grown.group);
    plants = grown;
    plants.tiles(city.shown());
    scene.add(plants.group);
    changed();
  }

  return {
    tilesChanged() {
      if (plants) return plants.tiles(city.shown());
      if (asked) return;
      for (const { content } of city.shown()) if (content.source.plants) return void fetch();
    },
    frame: (eye, picked) => plants?.frame(eye, picked) ?? false,
  };
}
