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
