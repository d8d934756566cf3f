/** Eyes get used to the light under a roof: for who is indoors, all is drawn brighter, as she would see it. */
import { Vector3 } from 'three';

import type { WorkshopContext } from '../workshop';

export interface Eyes {
  /** @returns whether they are still getting used to it. */
  frame(seconds: number): boolean;
}

/** So much brighter than in the street. */
const INDOORS = 2.4;
/** How much of the way a second takes. */
const RATE = 2;
const CLOSE_ENOUGH = 0.01;
const MOVED_M = 0.25;
/** Higher up there is no ceiling. */
const REACH_M = 40;
const LEANING = [0, 1, 2, 3].map((side) => new Vector3(Math.sin((side * Math.PI) / 2), 1, Math.cos((side * Math.PI) / 2)).normalize());
const UP = new Vector3(0, 1, 0);

export function createEyes({ stage, body, viewer, soft }: Pick<WorkshopContext, 'stage' | 'body' | 'viewer' | 'soft'>): Eyes {
  const looked = new Vector3(Infinity, 0, 0);
  const eye = new Vector3();
  let wanted = 1;
  let used = 1;

  /** Above, and to all sides but one: below a balcony one is in the street. */
  function isIndoors(): boolean {
    const meets = (direction: Vector3): boolean => body.world?.hit(eye, direction, REACH_M) !== undefined;
    return meets(UP) && LEANING.filter(meets).length >= LEANING.length - 1;
  }

  return {
    frame(seconds) {
      eye.set(viewer.x, viewer.y, viewer.z);
      if (eye.distanceTo(looked) > MOVED_M) {
        looked.copy(eye);
        wanted = isIndoors() ? INDOORS : 1;
      }
      if (used === wanted) return false;
      const rest = (used - wanted) * (soft() ? Math.exp(-RATE * seconds) : 0);
      used = Math.abs(rest) < CLOSE_ENOUGH ? wanted : wanted + rest;
      stage.adapt(used);
      return true;
    },
  };
}
