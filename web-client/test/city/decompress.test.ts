import { expect, it } from 'vitest';

import { decodeTile } from '../../src/city/decode';
import { decompressed } from '../../src/city/decompress';
import { surfaceOf } from '../fixtures/surface';
import { ProtocolError } from '../../src/protocol/fields';
import { parseGlb, type Glb, type GltfBufferView } from '../../src/protocol/glb';
import { compressedLeaf, potsdamLeaf } from '../fixtures/leaf';

/** A triangle's corners from its smallest on: the codec may begin it with another one. */
function turned(indices: ArrayLike<number>): string[] {
  const triangles = Array.from({ length: indices.length / 3 }, (_, row) => [0, 1, 2].map((c) => indices[3 * row + c]));
  return triangles.map(([a, b, c]) => (a < b && a < c ? [a, b, c] : b < c ? [b, c, a] : [c, a, b]).join());
}

it('a compressed tile is the plain one, vertex by vertex, within 5 mm', async () => {
  const plain = decodeTile(parseGlb(potsdamLeaf()));
  const tile = decodeTile(await decompressed(parseGlb(compressedLeaf())));
  const metres = Array.from(tile.positions, (value, i) => (i % 4 === 3 ? value : value * tile.scale[0]));
  plain.positions.forEach((value, i) => expect(Math.abs(metres[i] - value)).toBeLessThanOrEqual(0.0041));
  expect(tile.normals).toEqual(plain.normals);
  expect(tile.features).toEqual(plain.features);
  const surfaces = (kinds: Uint8Array): number[] => Array.from(kinds.filter((_, i) => i % 4 === 0), surfaceOf);
  expect(surfaces(tile.kinds)).toEqual(surfaces(plain.kinds));
  expect(turned(tile.indices)).toEqual(turned(plain.indices));
  expect(tile.table).toEqual(plain.table);
  expect(compressedLeaf().length).toBeLessThan(potsdamLeaf().length / 2.8);
});

it('a plain tile needs no decoding', async () => {
  const glb = parseGlb(potsdamLeaf());
  expect(await decompressed(glb)).toBe(glb);
});

it.each<[string, (view: GltfBufferView) => GltfBufferView, string]>([
  ['rows that are none', (view) => changed(view, { count: 7 }), "a tile's compressed rows don't fit"],
  ['a mode nobody knows', (view) => changed(view, { mode: 'LINES' }), "a tile's compressed data is damaged"],
  ['data beyond the file', (view) => changed(view, { byteOffset: 1e9 }), "a tile's buffer view lies outside its data"],
  ['a place beyond the buffer', (view) => ({ ...view, byteOffset: 1e9 }), "a tile's buffer view lies outside its data"],
])('refuses %s in one sentence', async (_, change, message) => {
  const glb = parseGlb(compressedLeaf());
  const bufferViews = glb.json.bufferViews.map((view) => (view.extensions ? change(view) : view));
  await expect(decompressed(replaced(glb, { bufferViews }))).rejects.toThrow(new ProtocolError(message));
});

it('refuses to make room for more than any tile needs', async () => {
  const glb = parseGlb(compressedLeaf());
  const buffers = [{ byteLength: glb.bin.length }, { byteLength: 1e12 }];
  await expect(decompressed(replaced(glb, { buffers }))).rejects.toThrow(ProtocolError);
});

function changed(view: GltfBufferView, change: object): GltfBufferView {
  return { ...view, extensions: { EXT_meshopt_compression: { ...view.extensions!.EXT_meshopt_compression!, ...change } } };
}

function replaced(glb: Glb, change: Partial<Glb['json']>): Glb {
  return { ...glb, json: { ...glb.json, ...change } };
}
