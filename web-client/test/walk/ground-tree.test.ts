import { DoubleSide, Ray, Vector3 } from 'three';
import { describe, expect, it } from 'vitest';

import type { ColliderMesh } from '../../src/protocol/collider';
import { packed, treeOf, unpacked } from '../../src/walk/ground-tree';

const SIDE = 12;

/** A slope of many small squares: 1 m up for each metre to the east. */
function slope(features: number[]): ColliderMesh {
  const positions: number[] = [];
  const indices: number[] = [];
  for (let z = 0; z <= SIDE; z += 1) for (let x = 0; x <= SIDE; x += 1) positions.push(x, x, -z);
  for (let z = 0; z < SIDE; z += 1) {
    for (let x = 0; x < SIDE; x += 1) {
      const a = z * (SIDE + 1) + x;
      indices.push(a, a + 1, a + SIDE + 2, a, a + SIDE + 2, a + SIDE + 1);
    }
  }
  return { positions: new Float32Array(positions), indices: new Uint32Array(indices), features: new Uint32Array(features) };
}

describe.each([
  ['whose triangles are nobody’s', []],
  ['whose triangles are told', [7, 2 * SIDE * SIDE]],
])('a tree %s', (_, features) => {
  it('is the same after the way to another thread', () => {
    const mesh = slope(features);
    const index = mesh.indices.slice();
    const tree = treeOf(mesh);
    const arrived = unpacked({ ...mesh }, structuredClone(packed(tree)));
    for (const [x, z] of [[0.3, 0.2], [5.5, 7.1], [11.9, 11.8]]) {
      const ray = new Ray(new Vector3(x, 100, -z), new Vector3(0, -1, 0));
      expect(arrived.raycastFirst(ray, DoubleSide)?.point.y).toBeCloseTo(x, 5);
    }
    expect(features.length === 0 || mesh.indices.every((value, i) => value === index[i])).toBe(true);
  });
});
