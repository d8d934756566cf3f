import { ClampToEdgeWrapping, RepeatWrapping, type Material } from 'three';
import { expect, it, vi } from 'vitest';

import { decodeTile } from '../../src/city/decode';
import { createCityMaterials } from '../../src/city/material';
import { materialsOf } from '../../src/city/photos';
import type { Surroundings } from '../../src/city/surroundings';
import { createContent, type TileContent } from '../../src/city/tile-mesh';
import { parseGlb } from '../../src/protocol/glb';
import { JPEG, texturedTile, WHOLE, type Square } from '../fixtures/textured';

const materials = createCityMaterials({} as Surroundings);
const photo = { surface: 'wall', texture: 0, places: WHOLE } as const;
const LOOKS = { textures: [{ source: 0 }, { source: 1, sampler: 0 }], samplers: [{ wrapS: 33_071 }], images: [JPEG, JPEG] };

function contentOf(squares: readonly Square[]): { content: TileContent; bitmaps: ImageBitmap[] } {
  const { images, ...tile } = decodeTile(parseGlb(texturedTile(squares, LOOKS)));
  const bitmaps = images.map(() => ({ width: 1, height: 1, close: vi.fn() }) as unknown as ImageBitmap);
  return { content: createContent({ ...tile, bitmaps }, materials), bitmaps };
}

it('a tile without images is drawn at once, with the one material', () => {
  const { content } = contentOf([{ surface: 'wall' }]);
  expect(content.photos).toBeUndefined();
  expect(content.geometry.groups).toEqual([]);
  expect(materialsOf(materials.city, content.photos)).toBe(materials.city);
});

it('a tile with images is drawn once for what has none and once for each image', () => {
  const { content } = contentOf([{ ...photo, texture: 1 }, { surface: 'roof' }, photo]);
  expect(content.geometry.groups).toEqual([
    { start: 0, count: 6, materialIndex: 0 },
    { start: 6, count: 6, materialIndex: 1 },
    { start: 12, count: 6, materialIndex: 2 },
  ]);
  const drawn = materialsOf(materials.city, content.photos) as Material[];
  expect(drawn).toHaveLength(3);
  expect(drawn[0]).toBe(materials.city);
  expect(content.photos!.textures.map(({ wrapS }) => wrapS)).toEqual([RepeatWrapping, ClampToEdgeWrapping]);
});

it('a tile with nothing but an image has no draw for the rest', () => {
  const { content } = contentOf([photo]);
  expect(content.geometry.groups).toEqual([{ start: 0, count: 6, materialIndex: 1 }]);
});

it('looks through the holes of a cut-out image only', () => {
  const { content } = contentOf([photo, { ...photo, texture: 1, alphaMode: 'MASK' }]);
  expect(content.photos!.materials.map(({ material }) => material.alphaTest)).toEqual([0, 0.5]);
});

it('frees textures, materials and images with the tile', () => {
  const { content, bitmaps } = contentOf([photo, { ...photo, texture: 1 }]);
  const freed = vi.fn();
  for (const texture of content.photos!.textures) texture.addEventListener('dispose', freed);
  for (const { material } of content.photos!.materials) material.addEventListener('dispose', freed);
  content.photos!.dispose();
  expect(freed).toHaveBeenCalledTimes(4);
  for (const bitmap of bitmaps) expect(bitmap.close).toHaveBeenCalledOnce();
});
