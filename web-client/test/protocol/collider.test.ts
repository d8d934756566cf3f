import { expect, it } from 'vitest';

import { parseCollider } from '../../src/protocol/collider';
import { ProtocolError } from '../../src/protocol/fields';

function collider(positions: number[], indices: number[], features: number[] = []): Uint8Array {
  const bytes = new Uint8Array(16 + 4 * (positions.length + indices.length + features.length));
  bytes.set([0x43, 0x56, 0x43, 0x4f, 0x4c, 0x4c, 0, 1]);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, positions.length / 3, true);
  view.setUint32(12, indices.length / 3, true);
  positions.forEach((value, i) => view.setFloat32(16 + 4 * i, value, true));
  [...indices, ...features].forEach((value, i) => view.setUint32(16 + 4 * (positions.length + i), value, true));
  return bytes;
}

it('turns z up into y up', () => {
  const { positions, indices } = parseCollider(collider([1, 2, 3, 4, 5, 6, 7, 8, 9], [0, 1, 2]));
  expect([...positions]).toEqual([1, 3, -2, 4, 6, -5, 7, 9, -8]);
  expect([...indices]).toEqual([0, 1, 2]);
});

it('reads whose each triangle is', () => {
  const { features } = parseCollider(collider([1, 2, 3, 4, 5, 6, 7, 8, 9], [0, 1, 2, 2, 1, 0], [0xcbf43926, 2]));
  expect([...features]).toEqual([0xcbf43926, 2]);
});

it.each([
  ['empty', new Uint8Array(0)],
  ['of another format', new Uint8Array(40)],
  ['cut short', collider([0, 0, 0, 1, 0, 0, 0, 1, 0], [0, 1, 2]).slice(0, -1)],
  ['with fewer triangles than its features have', collider([0, 0, 0, 1, 0, 0, 0, 1, 0], [0, 1, 2], [7, 2])],
  ['pointing at a vertex it lacks', collider([0, 0, 0, 1, 0, 0, 0, 1, 0], [0, 1, 3])],
])('refuses one that is %s', (_, bytes) => {
  expect(() => parseCollider(bytes)).toThrow(ProtocolError);
});
