/** Fetches the code that draws plants where a tile with plants is shown and there is time for it. */
import type { Object3D, Scene } from 'three';

import type { Clock } from '../core/clock';
import type { City, Point } from './city';
import type { PickedPlant, Plants } from './plants';
import type { Surroundings } from './surroundings';
import type { UploadQueue } from './upload-queue';

export interface GreeneryOptions {
  readonly scene: Scene;
  readonly city: City;
  readonly uniforms: Surroundings;
  readonly clock: Clock;
  /** Whether a change of level may take a moment to watch. */
  readonly soft: () => boolean;
  /** Compiles shaders without making the picture wait. */
  readonly prepare: (things: Object3D) => Promise<unknown>;
  readonly queue: UploadQueue;
  /** Other plants are drawn than before. */
  readonly changed: () => void;
}

export interface Greenery {
  /** From now on there is time. */
  begin(): void;
  /** The tiles on screen have changed. */
  tilesChanged(): void;
  /** Call with each frame. */
  frame(eye: Point, picked: PickedPlant | undefined): void;
  /** Whether plants are dissolving into others. */
  readonly dissolving: boolean;
  /** Ends that at once; false where none are. */
  rest(): boolean;
}

export function createGreenery({ scene, city, uniforms, clock, soft, prepare, queue, changed }: GreeneryOptions): Greenery {
  let plants: Plants | undefined;
  let asked = false;
  let begun = false;

  async function fetch(): Promise<void> {
    asked = true;
    const { createPlants } = await import('./plants');
    const grown = createPlants({ uniforms, clock, soft, queue, changed });
    await prepare(grown.group);
    plants = grown;
    plants.tiles(city.shown());
    scene.add(plants.group);
    changed();
  }

  function tilesChanged(): void {
    if (plants) return plants.tiles(city.shown());
    if (asked || !begun) return;
    for (const { content } of city.shown()) if (content.source.plants) return void fetch();
  }

  return {
    begin() {
      begun = true;
      tilesChanged();
    },
    tilesChanged,
    frame: (eye, picked) => plants?.frame(eye, picked),
    get dissolving() {
      return plants?.dissolving ?? false;
    },
    rest: () => plants?.rest() ?? false,
  };
}
