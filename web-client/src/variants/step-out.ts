/** Out of a house that stands where one stands: to the nearest place under the open sky. */
import { Line3, Vector3 } from 'three';

import type { Body } from '../walk/body';

const RADIUS_M = 0.3;
const ABOVE_STEPS_M = 0.3;
const BODY_M = 1.75;
const CHEST_M = 1;
const SKY_M = 100;
const FARTHEST_M = 60;
const DIRECTIONS = 16;
/** How much higher or lower the place may be. */
const HIGHER_M = 3;
const LOWER_M = 12;
const UP = new Vector3(0, 1, 0);

/** Whether the body fits in where it stands. */
export function isFree({ world, walker }: Body): boolean {
  return world !== undefined && walker !== undefined && fits(world, walker.feet.x, walker.feet.y, walker.feet.z);
}

/** @returns false where there is no such place, and one stays. */
export function stepOut(body: Body): boolean {
  const { world, walker } = body;
  if (!world || !walker) return false;
  const { x: east, y, z: south } = walker.feet;
  for (let away = 1; away <= FARTHEST_M; away += 1) {
    for (let i = 0; i < DIRECTIONS; i += 1) {
      const angle = (2 * Math.PI * i) / DIRECTIONS;
      const x = east + away * Math.sin(angle);
      const z = south + away * Math.cos(angle);
      if (!world.hasGround(x, z)) continue;
      const floor = world.floorBelow(x, z, y + HIGHER_M, y - LOWER_M);
      if (floor === -Infinity || !fits(world, x, floor, z)) continue;
      if (world.hit(new Vector3(x, floor + CHEST_M, z), UP, SKY_M)) continue;
      body.spawn([x, floor, z]);
      return true;
    }
  }
  return false;
}

function fits(world: NonNullable<Body['world']>, x: number, floor: number, z: number): boolean {
  const low = new Vector3(x, floor + ABOVE_STEPS_M + RADIUS_M, z);
  return world.isFree({ axis: new Line3(low, new Vector3(x, floor + BODY_M - RADIUS_M, z)), radius: RADIUS_M });
}
