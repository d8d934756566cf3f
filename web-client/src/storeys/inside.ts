/** Where in a building one is. Places are in the scene frame: east, north, up. */
import type { Vec3 } from '../core/frames';
import type { Building, Room, Storey } from '../protocol/buildings';

/** Feet may be so far below a floor that is said, and still be on it. */
const BELOW_FLOOR_M = 0.3;

export interface Inside {
  readonly building: Building;
  readonly storey: Storey | undefined;
  readonly room: Room | undefined;
}

/** The building that one is in, or else the nearest within `reach` metres. */
export function buildingNear(buildings: readonly Building[], place: Vec3, reach: number): Building | undefined {
  let nearest: Building | undefined;
  let least = reach;
  for (const building of buildings) {
    const distance = distanceTo(building, place);
    if (building.storeys.length === 0 || distance > least) continue;
    nearest = building;
    least = distance;
  }
  return nearest;
}

/** Where in it; undefined outside of it. */
export function insideOf(building: Building, place: Vec3): Inside | undefined {
  if (distanceTo(building, place) > 0) return undefined;
  const room = roomAt(building.rooms, place);
  const storey = building.storeys.find(({ id }) => id === room?.storey) ?? storeyAt(building.storeys, place[2]);
  return { building, storey, room };
}

/** The highest whose floor is below the feet, else the lowest. */
export function storeyAt(storeys: readonly Storey[], up: number): Storey | undefined {
  return storeys.filter(({ floor }) => floor <= up + BELOW_FLOOR_M).at(-1) ?? storeys.at(0);
}

/** Of several, the one with the highest floor: a gallery rather than the hall below it. */
export function roomAt(rooms: readonly Room[], place: Vec3): Room | undefined {
  const up = place[2];
  let found: Room | undefined;
  for (const room of rooms) {
    const isLevel = room.floor - BELOW_FLOOR_M <= up && up < room.ceiling;
    if (isLevel && (!found || room.floor > found.floor) && contains(room.outline, place)) found = room;
  }
  return found;
}

/** Whether a corner-to-corner outline is around a place (crossings to the east are odd). */
export function contains(outline: Room['outline'], [east, north]: readonly [number, number, ...number[]]): boolean {
  let isWithin = false;
  for (const [i, [x, y]] of outline.entries()) {
    const [beforeX, beforeY] = outline.at(i - 1)!;
    if (y > north !== beforeY > north && east < x + ((north - y) / (beforeY - y)) * (beforeX - x)) isWithin = !isWithin;
  }
  return isWithin;
}

/** On the map, from its box; 0 within. */
function distanceTo({ box: [low, high] }: Building, [east, north]: Vec3): number {
  return Math.hypot(Math.max(low[0] - east, 0, east - high[0]), Math.max(low[1] - north, 0, north - high[1]));
}
