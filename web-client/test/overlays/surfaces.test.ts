import { beforeEach, expect, it } from 'vitest';

import type { Tile } from '../../src/city/city';
import { decodeTile } from '../../src/city/decode';
import { createCityMaterials } from '../../src/city/material';
import type { Surroundings } from '../../src/city/surroundings';
import { createContent, type TileContent } from '../../src/city/tile-mesh';
import type { Marker } from '../../src/overlays/marker';
import { createSurfaces, DOUBTED, NO_TINT, TRUSTED, type Surfaces } from '../../src/overlays/surfaces';
import { parseGlb } from '../../src/protocol/glb';
import { readValue } from '../../src/protocol/property-table';
import { potsdamLeaf } from '../fixtures/leaf';

const ROW = 3;
let content: TileContent;
let city: { shown: () => Iterable<Tile>; changes: number };
let surfaces: Surfaces;
let house: string;

beforeEach(() => {
  const { images: _, ...source } = decodeTile(parseGlb(potsdamLeaf()));
  content = createContent({ ...source, bitmaps: [] }, createCityMaterials({} as Surroundings));
  house = String(readValue(source.table!, 'id', ROW));
  city = { shown: () => [{ content } as Tile], changes: 0 };
  surfaces = createSurfaces(city);
});

function marker(feature: string, more: Partial<Marker> = {}): Marker {
  return { feature, place: undefined, colour: [255, 255, 255], share: 1, doubted: false, ...more };
}

/** Rows that have a tint, and what is in it. */
function tinted(): { rows: number[]; tints: string[] } {
  const tint = content.geometry.getAttribute('tint');
  const rows = new Set<number>();
  const tints = new Set<string>();
  for (let v = 0; tint && v < tint.count; v += 1) {
    if (tint.array[4 * v + 3] === NO_TINT) continue;
    rows.add(content.source.features[2 * v]);
    tints.add([...tint.array.slice(4 * v, 4 * v + 4)].join());
  }
  return { rows: [...rows], tints: [...tints] };
}

it('colours one building, another colour where its value changes, and takes it off again', () => {
  surfaces.show([marker(house)]);
  surfaces.frame();
  expect(tinted()).toEqual({ rows: [ROW], tints: [`255,255,255,${TRUSTED}`] });
  surfaces.show([marker(house, { colour: [255, 0, 0], doubted: true })]);
  surfaces.frame();
  expect(tinted()).toEqual({ rows: [ROW], tints: [`255,0,0,${DOUBTED}`] });
  surfaces.show([]);
  surfaces.frame();
  expect(tinted().rows).toEqual([]);
});

it('leaves a tile as it is that holds none of them', () => {
  surfaces.show([marker('elsewhere/1'), marker('')]);
  surfaces.frame();
  expect(content.geometry.getAttribute('tint')).toBe(undefined);
});

it('sends to the graphics card only what has changed, and nothing while nothing does', () => {
  surfaces.show([marker(house)]);
  surfaces.frame();
  const tint = content.geometry.getAttribute('tint');
  const { version } = tint as unknown as { version: number };
  surfaces.frame();
  surfaces.show([marker(house)]);
  surfaces.frame();
  expect((tint as unknown as { version: number }).version).toBe(version);
});

it('colours what comes into the picture later', () => {
  const tiles = [...city.shown()];
  city.shown = () => [];
  surfaces.show([marker(house)]);
  surfaces.frame();
  city.shown = () => tiles;
  surfaces.frame();
  expect(content.geometry.getAttribute('tint')).toBe(undefined);
  city.changes += 1;
  surfaces.frame();
  expect(tinted().rows).toEqual([ROW]);
});
