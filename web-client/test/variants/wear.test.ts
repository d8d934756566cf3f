import { expect, it } from 'vitest';

import { decodeTile } from '../../src/city/decode';
import { createCityMaterials } from '../../src/city/material';
import { FIRST_STOREYS, surfaceIndex, WALL } from '../../src/city/surfaces';
import type { Surroundings } from '../../src/city/surroundings';
import { createContent, type TileContent } from '../../src/city/tile-mesh';
import { parseGlb } from '../../src/protocol/glb';
import { readValue } from '../../src/protocol/property-table';
import { wear } from '../../src/variants/wear';
import { copiedTile } from '../fixtures/copies';
import { potsdamLeaf } from '../fixtures/leaf';

const ROW = 3;
const NOTHING = new Map<string, string>();

function contentOf(bytes: Uint8Array): TileContent {
  const { images: _, ...source } = decodeTile(parseGlb(bytes));
  return createContent({ ...source, bitmaps: [] }, createCityMaterials({} as Surroundings));
}

function painted(content: TileContent): { rows: Set<number>; kinds: Set<number>; colours: Set<string> } {
  const paint = content.geometry.getAttribute('paint');
  const kinds = content.geometry.getAttribute('kind');
  const found = { rows: new Set<number>(), kinds: new Set<number>(), colours: new Set<string>() };
  for (let v = 0; v < kinds.count; v += 1) {
    if (!paint || paint.array[4 * v + 3] > 127) continue;
    found.rows.add(content.source.features[2 * v]);
    found.kinds.add(kinds.array[4 * v]);
    found.colours.add([...paint.array.slice(4 * v, 4 * v + 3)].join());
  }
  return found;
}

function marks(content: TileContent): Set<number> {
  const alphas = content.geometry.getAttribute('paint').array.filter((_, i) => i % 4 === 3);
  return new Set([...alphas].map((a) => Math.floor(((a < 127 ? a : 255 - a) / 255) * 10.2 + 0.5)));
}

it('paints the walls of one building, and takes the paint off again', () => {
  const content = contentOf(potsdamLeaf());
  const id = String(readValue(content.source.table!, 'id', ROW));
  wear(content, 0, new Map([[id, '#ff0000']]));
  const { rows, kinds, colours } = painted(content);
  expect([...rows]).toEqual([ROW]);
  expect([...kinds].every((kind) => kind === WALL || kind >= FIRST_STOREYS)).toBe(true);
  expect([...colours]).toEqual(['255,0,0']);
  expect(marks(content)).toEqual(new Set([0, 1]));
  wear(content, 0, NOTHING);
  expect(painted(content).rows.size).toBe(0);
  expect(marks(content)).toEqual(new Set([0]));
});

it('makes a wall of another material, and what it was again', () => {
  const content = contentOf(potsdamLeaf());
  const kinds = content.geometry.getAttribute('kind').array;
  const before = [...kinds];
  const id = String(readValue(content.source.table!, 'id', ROW));
  wear(content, 0, new Map([[id, 'green']]));
  const green = [...kinds.keys()].filter((i) => i % 4 === 0 && kinds[i] === surfaceIndex('green'));
  expect(new Set(green.map((i) => content.source.features[i / 2]))).toEqual(new Set([ROW]));
  wear(content, 0, NOTHING);
  expect([...kinds]).toEqual(before);
});

it('marks all of a tile, copies too, and leaves what is real alone', () => {
  const content = contentOf(copiedTile([{ place: [0, 0, 0], row: 0 }], ['t/0']));
  wear(content, 0, NOTHING);
  expect(content.copies[0].geometry.getAttribute('paint')).toBe(undefined);
  wear(content, 2, NOTHING);
  expect(new Set(content.copies[0].geometry.getAttribute('paint').array.filter((_, i) => i % 4 === 3))).toEqual(new Set([205]));
});

it('adds nothing to a tile that wears nothing', () => {
  const content = contentOf(potsdamLeaf());
  wear(content, 0, new Map([['elsewhere/1', '#ff0000']]));
  expect(content.geometry.getAttribute('paint')).toBe(undefined);
});
