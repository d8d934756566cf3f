/** Where one comes to stand on another storey: at the same place of the plan, or as near to it as there is floor. */
import { sceneToWorld, type Vec3 } from '../core/frames';
import type { Building, Storey } from '../protocol/buildings';
import type { ColliderWorld } from '../walk/collider-world';
import { hasRoom } from '../walk/walker';
import { contains } from './inside';

/** A floor may lie so far from where its storey begins: screed and carpets above, a sunken bath below. */
const TOLERANCE_M = 0.3;
const STEP_M = 0.4;
/** Rings around the place are felt out at so many places, at least. */
const FEWEST_TRIES = 8;
const MOST_RINGS = 200;

/**
 * @param place feet, scene frame.
 * @returns feet, scene frame; undefined where nothing of that storey can be stood on, or has come.
 */
export function landingOn(world: ColliderWorld, building: Building, storey: Storey, place: Vec3): Vec3 | undefined {
  const outlines = building.rooms.filter((room) => room.storey === storey.id && room.outline.length > 0).map(({ outline }) => outline);
  const [low, high] = building.box;

  function floorAt(east: number, north: number): Vec3 | undefined {
    const isWithin =
      outlines.length > 0
        ? outlines.some((outline) => contains(outline, [east, north]))
        : low[0] <= east && east <= high[0] && low[1] <= north && north <= high[1];
    if (!isWithin || !world.hasGround(east, -north)) return undefined;
    const up = world.footing(east, -north, storey.floor + TOLERANCE_M, storey.floor - TOLERANCE_M);
    const feet: Vec3 = [east, north, up];
    return up > -Infinity && hasRoom(world, sceneToWorld(feet)) ? feet : undefined;
  }

  const [east, north] = nearestWithin(building, place);
  for (let ring = 0; ring <= ringsAcross(building); ring += 1) {
    const tries = ring === 0 ? 1 : Math.max(FEWEST_TRIES, Math.ceil(2 * Math.PI * ring));
    for (let i = 0; i < tries; i += 1) {
      const angle = (2 * Math.PI * i) / tries;
      const found = floorAt(east + STEP_M * ring * Math.cos(angle), north + STEP_M * ring * Math.sin(angle));
      if (found) return found;
    }
  }
  return undefined;
}

function nearestWithin({ box: [low, high] }: Building, [east, north]: Vec3): readonly [number, number] {
  return [Math.max(low[0], Math.min(high[0], east)), Math.max(low[1], Math.min(high[1], north))];
}

function ringsAcross({ box: [low, high] }: Building): number {
  return Math.min(MOST_RINGS, Math.ceil(Math.hypot(high[0] - low[0], high[1] - low[1]) / STEP_M));
}
