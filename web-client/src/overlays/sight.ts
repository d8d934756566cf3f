/** Whether a person sees a place in the city, or something stands in between. */
import { Vector3 } from 'three';

export interface Sight {
  /**
   * One ray; world frame.
   *
   * @param own what is this near to the place belongs to it, metres: as the house that it hangs on.
   */
  hidden(eye: Vector3, place: Vector3, own: number): boolean;
}

/** What is this near to a sensor belongs to it, metres. */
export const OWN_HOUSE_M = 25;

/** @param blocked whether something stands in a straight way, world frame. */
export function createSight(blocked: (from: Vector3, to: Vector3) => boolean): Sight {
  const before = new Vector3();
  return {
    hidden(eye, place, own) {
      const distance = eye.distanceTo(place);
      const open = distance - own;
      if (open <= 0) return false;
      return blocked(eye, before.copy(place).sub(eye).multiplyScalar(open / distance).add(eye));
    },
  };
}
