import { Matrix4, Vector3 } from 'three';
import { describe, expect, it } from 'vitest';

import { decodeTile, hash16 } from '../../src/city/decode';
import { MAKES } from '../../src/city/furniture';
import { createCityMaterials } from '../../src/city/material';
import type { Surroundings } from '../../src/city/surroundings';
import { copiesOf, createContent, createTileMesh, dress } from '../../src/city/tile-mesh';
import { ProtocolError } from '../../src/protocol/fields';
import { parseGlb } from '../../src/protocol/glb';
import { copiedTile, type Copy } from '../fixtures/copies';

const HALF = Math.SQRT1_2;
const COPIES: readonly Copy[] = [
  { place: [3, 1, -5], row: 1 },
  { place: [0, 0, 0], turn: [0, HALF, 0, HALF], size: [1, 3, 0.5], row: 0 },
];
const IDS = ['town/lamp-1', 'town/bench-2'];

function decoded(copies = COPIES, surface?: string) {
  return decodeTile(parseGlb(copiedTile(copies, IDS, surface)));
}

describe('a mesh that stands in many places', () => {
  it('is decoded once, and each copy stands, turns and is as large as the tile says', () => {
    const tile = decoded();
    const [{ indices, positions, matrices, triangles }] = tile.copies;
    expect([...indices]).toEqual([0, 1, 2]);
    expect([triangles, tile.triangles, tile.indices.length]).toEqual([2, 2, 0]);
    const corner = (copy: number, vertex: number): number[] => {
      const at = new Vector3(...positions.subarray(4 * vertex, 4 * vertex + 3));
      return at.applyMatrix4(new Matrix4().fromArray(matrices, 16 * copy)).toArray();
    };
    expect(corner(0, 1)).toEqual([5, 1, -5]);
    [0, 0, -2].forEach((value, axis) => expect(corner(1, 1)[axis]).toBeCloseTo(value, 5));
    [0, 6, 0].forEach((value, axis) => expect(corner(1, 2)[axis]).toBeCloseTo(value, 5));
  });

  it('knows whose each copy is, and what it is made of', () => {
    const [{ whose }] = decoded().copies;
    const hash = (id: string): number => hash16(new TextEncoder().encode(id));
    expect([...whose]).toEqual([
      ...[1, hash(IDS[1]), MAKES.indexOf('wood'), 0],
      ...[0, hash(IDS[0]), MAKES.indexOf('iron'), 0],
    ]);
  });

  it('is one draw beside its tile, lit and marked as the tile is, and goes with it', () => {
    const materials = createCityMaterials({} as Surroundings);
    const content = createContent({ ...decoded(), bitmaps: [] }, materials);
    const mesh = createTileMesh(content, materials, [10, 20, 30], [-50, -50, 0, 50, 50, 50]);
    const [copies] = copiesOf(mesh);
    expect([copies.count, copies.castShadow, copies.material]).toEqual([2, true, materials.copied]);
    expect(new Vector3().setFromMatrixPosition(copies.matrixWorld).toArray()).toEqual([10, 30, -20]);
    dress(mesh, content, { coat: materials.veils[1].going, kept: undefined, pickedRow: -1 });
    expect(copies.material).toBe(materials.veils[1].going.copied);
    dress(mesh, content, { coat: materials, kept: undefined, pickedRow: 1 });
    expect(copies.material).toBe(materials.copiedPicked);
    const gone: string[] = [];
    copies.addEventListener('dispose', () => gone.push('places'));
    copies.geometry.addEventListener('dispose', () => gone.push('mesh'));
    content.geometry.dispose();
    expect(gone.sort()).toEqual(['mesh', 'places']);
  });
});

describe('hostile copies', () => {
  it.each([
    ['of a feature that the tile lacks', [{ place: [0, 0, 0], row: 2 }]],
    ['that stand nowhere', [{ place: [NaN, 0, 0], row: 0 }]],
    ['turned by nothing', [{ place: [0, 0, 0], turn: [0, 0, 0, 0], row: 0 }]],
  ] as const)('%s are refused', (_, copies) => {
    expect(() => decoded(copies)).toThrow(ProtocolError);
  });

  it('too many are refused before there is room for them', () => {
    const bytes = copiedTile(COPIES, IDS);
    const text = new TextDecoder('latin1').decode(bytes);
    const at = text.indexOf('"count":2,"type":"SCALAR"');
    expect(at).toBeGreaterThan(0);
    bytes[at + '"count":'.length] = '9'.charCodeAt(0);
    expect(() => decodeTile(parseGlb(bytes))).toThrow(ProtocolError);
  });
});
