import { expect, it } from 'vitest';

import type { Building } from '../../src/protocol/buildings';
import type { ColliderMesh } from '../../src/protocol/collider';
import { landingOn } from '../../src/storeys/landing';
import { createColliderWorld, type ColliderWorld } from '../../src/walk/collider-world';

const GROUND = 0;

/** A level floor; corners east and north. */
function floor(west: number, south: number, east: number, north: number, up: number): ColliderMesh {
  return {
    positions: new Float32Array([west, up, -south, east, up, -south, east, up, -north, west, up, -north]),
    indices: new Uint32Array([0, 1, 2, 0, 2, 3]),
    features: new Uint32Array(),
  };
}

/** Ground, a storey above its southern half, and a low loft above a part of that. */
function world(): ColliderWorld {
  const made = createColliderWorld(64, GROUND);
  const floors = [floor(0, 0, 64, 64, 0), floor(10, 10, 20, 15, 3), floor(10, 10, 13, 15, 4.2)];
  floors.forEach((mesh, layer) => made.add({ layer, i: 0, j: 0, layers: [] }, '', mesh, [0, 0, 0]));
  return made;
}

const STOREYS = [
  { id: 'ground', name: '', floor: 0, ceiling: 3 },
  { id: 'upper', name: '', floor: 3, ceiling: 6 },
  { id: 'attic', name: '', floor: 6, ceiling: 8 },
];
const HOUSE: Building = { id: '', name: '', floor: 0, box: [[10, 10, 0], [20, 20, 8]], turn: 0, storeys: STOREYS, rooms: [], variant: '' };

it('one comes to stand at the same place of the plan', () => {
  expect(landingOn(world(), HOUSE, STOREYS[1], [17, 12, 0])).toEqual([17, 12, 3]);
  expect(landingOn(world(), HOUSE, STOREYS[0], [17, 12, 3])).toEqual([17, 12, 0]);
});

it('or on the nearest floor where there is none', () => {
  const [east, north, up] = landingOn(world(), HOUSE, STOREYS[1], [17, 18, 0])!;
  expect(up).toBe(3);
  expect(Math.hypot(east - 17, north - 18)).toBeLessThan(3.5);
});

it('or where there is headroom', () => {
  const [east] = landingOn(world(), HOUSE, STOREYS[1], [11, 12, 0])!;
  expect(east).toBeGreaterThan(13);
});

it('from the street one comes into a room', () => {
  const room = { id: '', name: '', storey: 'ground', outline: [[12, 12], [14, 12], [14, 14], [12, 14]], floor: 0, ceiling: 3 } as const;
  const [east, north] = landingOn(world(), { ...HOUSE, rooms: [room] }, STOREYS[0], [30, 13, 0])!;
  expect(east).toBeLessThan(14);
  expect(Math.abs(north - 13)).toBeLessThan(1);
});

it('nobody is put where nothing is', () => {
  expect(landingOn(world(), HOUSE, STOREYS[2], [17, 12, 0])).toBeUndefined();
});
