import { Ray, Vector3 } from 'three';
import { expect, it } from 'vitest';

import type { Tile } from '../../src/city/city';
import { decodeTile } from '../../src/city/decode';
import { createCityMaterials } from '../../src/city/material';
import type { Surroundings } from '../../src/city/surroundings';
import { createContent, createTileMesh } from '../../src/city/tile-mesh';
import { raycastTiles } from '../../src/pick/raycast';
import { parseGlb } from '../../src/protocol/glb';
import { readValue } from '../../src/protocol/property-table';
import { leaveOut } from '../../src/variants/leave-out';
import { copiedTile } from '../fixtures/copies';
import { potsdamLeaf } from '../fixtures/leaf';
import { vegetationTile } from '../fixtures/vegetation';

const FAR = 1000;

function tileOf(bytes: Uint8Array): Tile {
  const { images: _, ...source } = decodeTile(parseGlb(bytes));
  const materials = createCityMaterials({} as Surroundings);
  const content = createContent({ ...source, bitmaps: [] }, materials);
  const box = [-FAR, -FAR, -FAR, FAR, FAR, FAR];
  const mesh = createTileMesh(content, materials, [0, 0, 0], box);
  const place = { t: 'place', tile: 1, layer: 0, parent: -1, level: 0, children: [], box, translation: [0, 0, 0], hash: 'a', encoding: 'identity', content: new Uint8Array() } as const;
  return { place, content, mesh, look: { coat: materials, kept: undefined, pickedRow: -1 } };
}

function idOf({ content }: Tile, row: number): string {
  return String(readValue(content.source.table!, 'id', row));
}

/** Rows of the features whose triangles have an area. */
function rowsLeft({ content }: Tile): Set<number> {
  const index = content.geometry.index!.array;
  const rows = new Set<number>();
  for (let i = 0; i < index.length; i += 3) if (index[i] !== index[i + 1]) rows.add(content.source.features[2 * index[i]]);
  return rows;
}

it('takes all triangles of a feature out of a tile, and puts them back', () => {
  const tile = tileOf(potsdamLeaf());
  const before = tile.content.geometry.index!.array.slice();
  const all = rowsLeft(tile);
  leaveOut(tile.content, new Set([idOf(tile, 3), 'elsewhere/1']));
  expect(rowsLeft(tile)).toEqual(new Set([...all].filter((row) => row !== 3)));
  leaveOut(tile.content, new Set([idOf(tile, 5)]));
  expect(rowsLeft(tile)).toEqual(new Set([...all].filter((row) => row !== 5)));
  leaveOut(tile.content, new Set());
  expect([...tile.content.geometry.index!.array]).toEqual([...before]);
});

it('lets rays through where it stood, also after they have been asked before', () => {
  const tile = tileOf(potsdamLeaf());
  const { positions, indices, features } = tile.content.source;
  const roofs = [...indices.keys()].filter((i) => i % 3 === 0 && features[2 * indices[i]] === 3);
  const corner = (i: number): Vector3 => new Vector3(...positions.subarray(4 * indices[i], 4 * indices[i] + 3)).applyMatrix4(tile.mesh.matrixWorld);
  const down = roofs.map((i) => {
    const middle = corner(i).add(corner(i + 1)).add(corner(i + 2)).divideScalar(3);
    return new Ray(middle.setY(500), new Vector3(0, -1, 0));
  });
  const met = (): number => down.filter((ray) => raycastTiles([tile], ray)?.row === 3).length;
  expect(met()).toBeGreaterThan(0);
  leaveOut(tile.content, new Set([idOf(tile, 3)]));
  expect(met()).toBe(0);
  leaveOut(tile.content, new Set());
  expect(met()).toBeGreaterThan(0);
});

it('takes copies and plants out of a tile', () => {
  const copies = tileOf(copiedTile([{ place: [0, 0, 0], row: 0 }, { place: [10, 0, 0], row: 1 }], ['t/0', 't/1']));
  const tree = { node: 'tree-broadleaf', size: [4, 10, 4] } as const;
  const plants = tileOf(vegetationTile([{ ...tree, foot: [0, 0, 0], row: 0 }, { ...tree, foot: [10, 0, 0], row: 1 }], ['t/0', 't/1']));
  for (const [tile, height] of [[copies, 0.5], [plants, 6]] as const) {
    const rows = (): (number | undefined)[] => [0.5, 10.5].map((x) => raycastTiles([tile], new Ray(new Vector3(x, height, 50), new Vector3(0, 0, -1)))?.row);
    expect(rows()).toEqual([0, 1]);
    leaveOut(tile.content, new Set(['t/1']));
    expect(rows()).toEqual([0, undefined]);
    leaveOut(tile.content, new Set());
    expect(rows()).toEqual([0, 1]);
  }
});

it('touches no tile that has nothing of it', () => {
  const tile = tileOf(potsdamLeaf());
  leaveOut(tile.content, new Set(['elsewhere/1']));
  expect(tile.content.geometry.index!.version).toBe(0);
});
