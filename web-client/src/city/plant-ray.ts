/** Which plant of a vegetation tile a ray meets first: crowns are taken as ellipsoids, trunks as posts. */
import { Ray, Sphere, Vector3 } from 'three';

import type { Plants } from './plant-decode';

export interface PlantHit {
  readonly row: number;
  readonly point: Vector3;
}

/** Middle and half of a crown's height, and half of a trunk's width, in heights and widths of a plant. */
const CROWN_MIDDLE = 0.6;
const CROWN_HALF = 0.4;
const TRUNK_HALF = 0.05;

/**
 * @param ray in the tile's content frame, its direction of length 1.
 * @param away rows that aren't there.
 */
export function raycastPlants({ shapes, rows }: Plants, ray: Ray, away: ReadonlySet<number> = new Set()): PlantHit | undefined {
  const unit = new Sphere(new Vector3(), 1);
  const local = new Ray();
  const found = new Vector3();
  let nearest: PlantHit | undefined;
  let distance = Infinity;
  for (let i = 0; i < rows.length; i += 1) {
    if (away.has(rows[i])) continue;
    const [x, y, z, wide, tall] = shapes.subarray(5 * i, 5 * i + 5);
    const parts = [
      { middle: CROWN_MIDDLE * tall, across: wide / 2, high: CROWN_HALF * tall },
      { middle: tall / 2, across: wide * TRUNK_HALF, high: tall / 2 },
    ];
    for (const { middle, across, high } of parts) {
      const size = new Vector3(across, high, across);
      local.origin.copy(ray.origin).sub(found.set(x, y + middle, z)).divide(size);
      local.direction.copy(ray.direction).divide(size).normalize();
      if (!local.intersectSphere(unit, found)) continue;
      const point = found.clone().multiply(size).add(new Vector3(x, y + middle, z));
      const away = point.distanceTo(ray.origin);
      if (away >= distance) continue;
      distance = away;
      nearest = { row: rows[i], point };
    }
  }
  return nearest;
}
