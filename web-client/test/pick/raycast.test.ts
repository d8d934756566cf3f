import { Ray, Vector3, type BufferAttribute } from 'three';
import { expect, it } from 'vitest';

import type { Tile } from '../../src/city/city';
import { decodeTile, type TileGeometry } from '../../src/city/decode';
import { createCityMaterials } from '../../src/city/material';
import { SURFACES } from '../../src/city/surfaces';
import type { Surroundings } from '../../src/city/surroundings';
import { createContent, createTileMesh } from '../../src/city/tile-mesh';
import { raycastTiles } from '../../src/pick/raycast';
import { parseGlb } from '../../src/protocol/glb';
import { EVERYWHERE, type Cut } from '../../src/section/cut';
import { copiedTile } from '../fixtures/copies';
import { potsdamLeaf } from '../fixtures/leaf';

const FAR = 1000;

function leaf(): { source: TileGeometry; tile: Tile } {
  return around(decodeTile(parseGlb(potsdamLeaf())));
}

function around(source: TileGeometry, translation: readonly [number, number, number] = [0, 0, 0]): { source: TileGeometry; tile: Tile } {
  const materials = createCityMaterials({} as Surroundings);
  const content = createContent({ ...source, bitmaps: [] }, materials);
  const box = [-FAR, -FAR, -FAR, FAR, FAR, FAR];
  const mesh = createTileMesh(content, materials, translation, box);
  const place = { t: 'place', tile: 1, layer: 0, parent: -1, level: 0, children: [], box, translation, hash: 'a', encoding: 'identity', content: new Uint8Array() } as const;
  const look = { coat: materials, kept: undefined, pickedRow: -1 };
  return { source, tile: { place, content, mesh, look } };
}

it('meets every triangle of a real tile, or something before it', () => {
  const { source, tile } = leaf();
  const { indices, positions, normals } = source;
  const corner = (i: number): Vector3 =>
    new Vector3(positions[4 * indices[i]], positions[4 * indices[i] + 1], positions[4 * indices[i] + 2]).applyMatrix4(tile.mesh.matrixWorld);
  let missed = 0;
  for (let i = 0; i < indices.length; i += 3) {
    const middle = corner(i).add(corner(i + 1)).add(corner(i + 2)).divideScalar(3);
    const normal = new Vector3(normals[4 * indices[i]], normals[4 * indices[i] + 1], normals[4 * indices[i] + 2]).normalize();
    const origin = middle.clone().addScaledVector(normal, 50);
    const hit = raycastTiles([tile], new Ray(origin, normal.negate()));
    if (!hit || hit.distance > 50.1 || hit.row < 0) missed += 1;
  }
  expect(missed).toBe(0);
});

it('meets the copy that is nearest, and tells whose it is', () => {
  const source = decodeTile(parseGlb(copiedTile([{ place: [0, 0, -9], row: 0 }, { place: [0, 0, -4], row: 1 }, { place: [40, 0, -2], row: 2 }], ['a', 'b', 'c'])));
  const { tile } = around(source, [100, 0, 0]);
  const ahead = new Vector3(0, 0, -1);
  const hit = raycastTiles([tile], new Ray(new Vector3(100.5, 0.5, 0), ahead));
  expect(hit?.row).toBe(1);
  expect(hit?.distance).toBeCloseTo(4, 3);
  expect(raycastTiles([tile], new Ray(new Vector3(140.5, 0.5, 0), ahead))?.row).toBe(2);
  expect(raycastTiles([tile], new Ray(new Vector3(101.5, 1.5, 0), ahead)), 'beside the slope').toBeUndefined();
});

it('meets nothing in the sky', () => {
  const { tile } = leaf();
  expect(raycastTiles([tile], new Ray(new Vector3(0, 900, 0), new Vector3(0, 1, 0)))).toBeUndefined();
});

it('passes by what a cut takes away, but never by the ground', () => {
  const source = decodeTile(parseGlb(copiedTile([{ place: [0, 0, -9], row: 0 }, { place: [0, 0, -4], row: 1 }], ['a', 'b'])));
  const { tile } = around(source);
  const ray = new Ray(new Vector3(0.5, 0.5, 0), new Vector3(0, 0, -1));
  const near: Cut = { area: { x: 0, z: 0, turn: 0, halfX: 100, halfY: 100 }, planes: [{ normal: [0, 0, 1], distance: -6 }] };
  expect(raycastTiles([tile], ray)?.row).toBe(1);
  expect(raycastTiles([tile], ray, near)?.row).toBe(0);
  expect(raycastTiles([tile], ray, { ...near, area: { ...near.area, x: 500 } })?.row).toBe(1);

  const all: Cut = { area: EVERYWHERE, planes: [{ normal: [0, 1, 0], distance: -FAR }] };
  const { tile: houses } = leaf();
  const down = new Vector3(0, -1, 0);
  const corner = new Vector3().fromBufferAttribute(houses.mesh.geometry.getAttribute('position') as BufferAttribute, 0).applyMatrix4(houses.mesh.matrixWorld);
  const above = new Ray(corner.add(new Vector3(0.05, 100, 0.05)), down);
  houses.content.source.kinds.fill(SURFACES.indexOf('terrain'));
  const onLand = raycastTiles([houses], above, all)?.point.y;
  houses.content.source.kinds.fill(SURFACES.indexOf('roof'));
  expect(raycastTiles([houses], above, all)).toBeUndefined();
  expect(onLand).toBe(raycastTiles([houses], above)?.point.y);
});
