import { expect, test } from 'vitest';

import { readManifest } from '../../src/protocol/manifest';

const LAYER = { title: 'T', reality: 'measured', features: 3 };
const SCENE = {
  schema: 'citiverse-scene/1',
  name: 'town',
  title: 'Town',
  origin: { lon: 9, lat: 54 },
  extent: { min: [0, 0, 0], max: [1, 1, 1] },
  layers: [{ ...LAYER, name: 'buildings', kind: 'city-objects' }],
  spawn_points: [],
  attributions: [{ text: 'Us', licence: '' }],
  collider_cell_m: 64,
};

test('what others made and the server streams is a layer behind our own', () => {
  const foreign = [{ ...LAYER, name: 'mesh', streamed: true, tileset: 'x', attributions: [{ text: 'Them', licence: 'CC0' }] }];
  const manifest = readManifest({ ...SCENE, foreign });
  expect(manifest.layers.map(({ name, kind }) => [name, kind])).toEqual([
    ['buildings', 'city-objects'],
    ['mesh', 'foreign'],
  ]);
  expect(manifest.attributions.map(({ text }) => text)).toEqual(['Us', 'Them']);
  expect(manifest.tilesets).toEqual([]);
});

test('what the server cannot stream is a tileset to be fetched', () => {
  const tileset = 'foreign/points/tileset.json';
  const foreign = [{ ...LAYER, name: 'points', title: 'Points', streamed: false, tileset, attributions: [] }];
  const manifest = readManifest({ ...SCENE, foreign });
  expect(manifest.layers).toHaveLength(1);
  expect(manifest.tilesets).toMatchObject([{ title: 'Points', path: tileset }]);
});

test('a scene without such layers has none', () => {
  expect(readManifest(SCENE).tilesets).toEqual([]);
});

test('numbers what variants add behind all others', () => {
  const foreign = [{ ...LAYER, name: 'mesh', streamed: true, tileset: 'x', attributions: [] }];
  const variant = { title: 'A', description: '', folder: 'variants/a-00000000', hides: ['town/1'] };
  const variants = ['a', 'b'].map((name) => ({ ...variant, name, layers: [{ ...LAYER, name: 'buildings', kind: 'city-objects', reality: 'proposed' }] }));
  const manifest = readManifest({ ...SCENE, foreign, variants });
  const { length } = manifest.layers;
  expect(manifest.variants.map(({ name, layers }) => [name, layers])).toEqual([
    ['a', [length - 2]],
    ['b', [length - 1]],
  ]);
  expect(manifest.layers.at(-1)?.reality).toBe('proposed');
  expect(manifest.variants[0].hides).toEqual(['town/1']);
  expect(readManifest(SCENE).variants).toEqual([]);
});
