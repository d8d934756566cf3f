/** Whether a person sees the place of a sensor, or something stands in between. */
import { Vector3 } from 'three';

/** What is this near to a sensor belongs to it, as the house that it hangs on. */
const OWN_HOUSE_M = 25;

export interface Sight {
  /** One ray; world frame. */
  hidden(eye: Vector3, place: Vector3): boolean;
}

/** @param blocked whether something stands in a straight way, world frame. */
export function createSight(blocked: (from: Vector3, to: Vector3) => boolean): Sight {
  const before = new Vector3();
  return {
    hidden(eye, place) {
      const distance = eye.distanceTo(place);
      const open = distance - OWN_HOUSE_M;
      if (open <= 0) return false;
      return blocked(eye, before.copy(place).sub(eye).multiplyScalar(open / distance).add(eye));
    },
  };
}
