/**
 * One frame of the city: what has arrived goes in for as long as it may, then all is drawn. Whatever
 * else a frame may have to do that takes its time waits in the same queue, for a frame of its own.
 */
import type { Vector3 } from 'three';

import { realClock } from '../core/clock';
import type { Highlight } from '../pick/highlight';
import type { City, Point } from './city';
import type { CityMaterials } from './material';
import type { Scenery } from './scenery';
import type { Stage } from './stage';
import type { UploadQueue } from './upload-queue';

export interface PictureOptions {
  readonly stage: Stage;
  readonly materials: CityMaterials;
  readonly queue: UploadQueue;
  readonly city: City;
  readonly scenery: Scenery;
  readonly highlight: Highlight;
  /** Nobody waits for the shaders: the first frame does. */
  readonly atOnce: boolean;
  /** Draw in the next frame. */
  readonly invalidate: () => void;
}

/** Where one is, and how the city is looked at from there. */
export interface Outlook {
  readonly eye: Point;
  /** What shadows are drawn around. */
  readonly middle: Vector3;
  readonly radius: number;
  readonly hazeDensity: number;
  /** The picture is still coming. */
  readonly arriving: boolean;
  /** How long what has arrived may be put in. */
  readonly budgetMs: number;
  /** Asked when it is in: whether to draw it can wait. */
  readonly canWait: () => boolean;
}

export interface Picture {
  /** @returns whether anything was drawn. */
  draw(outlook: Outlook): boolean;
  /** The tiles on screen have changed. */
  tilesChanged(): void;
  /** The city that is drawn isn't as it was. */
  cityChanged(): void;
  /** How long the last frame took to put in what had arrived, and to show it; milliseconds. */
  readonly integrationMs: number;
}

export function createPicture(options: PictureOptions): Picture {
  const { stage, materials, queue, city, scenery, highlight, invalidate } = options;
  let isWarm = options.atOnce;
  let isChanged = false;
  let integrationMs = 0;
  void stage.warm(materials.city).then(() => {
    isWarm = true;
    invalidate();
  });

  function tilesChanged(): void {
    isChanged = true;
    highlight.update();
    scenery.tilesChanged();
  }

  return {
    draw({ eye, middle, radius, hazeDensity, arriving, budgetMs, canWait }) {
      // What isn't compiled yet would stop everything else, the stream too.
      if (!isWarm) return false;
      const startMs = realClock.now();
      queue.run(budgetMs);
      stage.look();
      if (city.frame(eye)) tilesChanged();
      if (canWait()) {
        invalidate();
        return false;
      }
      scenery.frame(eye, highlight.picked);
      integrationMs = realClock.now() - startMs;
      stage.surroundings.hazeDensity.value = hazeDensity;
      stage.shade({ middle, radius, cityChanged: isChanged }, arriving);
      isChanged = false;
      stage.render();
      return true;
    },
    tilesChanged,
    cityChanged: () => (isChanged = true),
    get integrationMs() {
      return integrationMs;
    },
  };
}
