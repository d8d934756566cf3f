import { expect, test } from 'vitest';

import { decodeTile } from '../../src/city/decode';
import { parseGlb } from '../../src/protocol/glb';

/** A GLB of JSON alone. */
function glbOf(json: object): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(json).padEnd(80));
  const bytes = new Uint8Array(28 + text.length);
  const view = new DataView(bytes.buffer);
  [0x46546c67, 2, bytes.length, text.length, 0x4e4f534a].forEach((value, i) => view.setUint32(4 * i, value, true));
  bytes.set(text, 20);
  view.setUint32(24 + text.length, 0x004e4942, true);
  return bytes;
}

test('a tile without nodes is there and draws nothing', () => {
  const tile = decodeTile(parseGlb(glbOf({ asset: { version: '2.0' }, scene: 0, scenes: [{}] })));
  expect(tile.indices).toHaveLength(0);
  expect(tile.triangles).toBe(0);
});

test('a tile whose nodes have no mesh is broken', () => {
  expect(() => decodeTile(parseGlb(glbOf({ asset: { version: '2.0' }, nodes: [{}], meshes: [] })))).toThrow('no mesh');
});
