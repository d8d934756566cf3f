import { Scene, Vector3 } from 'three';
import { beforeEach, expect, it } from 'vitest';

import type { ColliderMesh } from '../../src/protocol/collider';
import type { Body } from '../../src/walk/body';
import { createColliderWorld } from '../../src/walk/collider-world';
import { createWalker } from '../../src/walk/walker';
import { createTeleport, type Teleport } from '../../src/xr/teleport';

/** Four corners in turn. */
function quad(...corners: (readonly [number, number, number])[]): ColliderMesh {
  return { positions: new Float32Array(corners.flat()), indices: new Uint32Array([0, 1, 2, 0, 2, 3]), features: new Uint32Array() };
}

const GROUND = quad([0, 0, 0], [64, 0, 0], [64, 0, -64], [0, 0, -64]);
/** A storey above the eastern part, as thin as a sheet; its wall reaches down to the ground. */
const STOREY = quad([20, 3, -20], [40, 3, -20], [40, 3, -40], [20, 3, -40]);
const WALL = quad([30, 0, -20], [30, 3, -20], [30, 3, -40], [30, 0, -40]);
const EYE = new Vector3(24, 1.6, -30);

let teleport: Teleport;

beforeEach(() => {
  const world = createColliderWorld(64, 0);
  [GROUND, STOREY, WALL].forEach((mesh, layer) => world.add({ layer, i: 0, j: 0, layers: [0, 1, 2] }, '', mesh, [0, 0, 0]));
  const walker = createWalker(world);
  walker.place([EYE.x, 0, EYE.z]);
  teleport = createTeleport(new Scene(), { world, walker } as unknown as Body);
});

function jump(from: Vector3, to: readonly [number, number, number]): number[] | undefined {
  teleport.aim(from, new Vector3(...to).sub(from).normalize());
  return teleport.release()?.toArray();
}

it('leads to the floor that is pointed at', () => {
  expect(jump(EYE, [26, 0, -33])).toEqual([expect.closeTo(26), expect.closeTo(0), expect.closeTo(-33)]);
});

it('ends at walls', () => {
  expect(jump(EYE, [34, 0, -30])).toBeUndefined();
});

it('doesn’t lead through a ceiling, however thin', () => {
  expect(jump(EYE, [26, 3, -31])).toBeUndefined();
});

it('nor from a hand that is through the wall, or the ceiling', () => {
  expect(jump(new Vector3(30.3, 1.2, -30), [34, 0, -30])).toBeUndefined();
  expect(jump(new Vector3(24, 3.4, -30), [26, 3, -31])).toBeUndefined();
});

it('leads half a step aside of a wall that is too near', () => {
  const place = jump(EYE, [29.95, 0, -30])!;
  expect(place[0]).toBeGreaterThan(29.7);
  expect(place[0]).toBeLessThan(29.76);
});
