import { expect, it } from 'vitest';

import type { Tile } from '../../src/city/city';
import { decodeTile } from '../../src/city/decode';
import { createCityMaterials } from '../../src/city/material';
import type { Surroundings } from '../../src/city/surroundings';
import { createContent, createTileMesh } from '../../src/city/tile-mesh';
import { createHighlight } from '../../src/pick/highlight';
import { parseGlb } from '../../src/protocol/glb';
import { JPEG, texturedTile, WHOLE } from '../fixtures/textured';

const materials = createCityMaterials({} as Surroundings);
const BOX = [0, 0, 0, 10, 10, 10];

function tileOf(number: number, bytes: Uint8Array): Tile {
  const { images, ...source } = decodeTile(parseGlb(bytes));
  const bitmaps = images.map(() => ({ width: 1, height: 1, close: () => undefined }) as ImageBitmap);
  const content = createContent({ ...source, bitmaps }, materials);
  const place = { t: 'place', tile: number, layer: 0, parent: -1, level: 0, children: [], box: BOX, translation: [0, 0, 0], hash: 'a', encoding: 'identity', content: new Uint8Array() } as const;
  const look = { coat: materials, kept: undefined, pickedRow: -1 };
  return { place, content, mesh: createTileMesh(content, materials, [0, 0, 0], BOX), look };
}

const tile = tileOf(
  1,
  texturedTile([{ surface: 'roof' }, { surface: 'wall', texture: 0, places: WHOLE }], { textures: [{ source: 0 }], images: [JPEG] }),
);
const pickedRows = (): number[] => tile.content.photos!.materials.map(({ pickedFeature }) => pickedFeature.value);

it('colours what is picked on walls with an image and on those without, and no longer than it is picked', () => {
  const highlight = createHighlight(materials, () => [tile]);
  highlight.pick('test/1');
  expect(highlight.picked).toEqual({ tile, row: 1 });
  expect(materials.pickedFeature.value).toBe(1);
  expect(pickedRows()).toEqual([1]);
  expect(tile.mesh.material).toEqual([materials.picked, tile.content.photos!.materials[0].material]);
  highlight.pick('');
  expect(highlight.picked).toBeUndefined();
  expect(pickedRows()).toEqual([-1]);
  expect((tile.mesh.material as unknown[])[0]).toBe(materials.city);
});

it('colours nothing where no tile holds what is picked', () => {
  const highlight = createHighlight(materials, () => [tile]);
  highlight.pick('test/7');
  expect(highlight.picked).toBeUndefined();
  expect(pickedRows()).toEqual([-1]);
});
