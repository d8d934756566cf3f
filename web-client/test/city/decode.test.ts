import { describe, expect, it } from 'vitest';

import { decodeTile, hash16 } from '../../src/city/decode';
import { decompressed } from '../../src/city/decompress';
import { WALL } from '../../src/city/surfaces';
import { surfaceOf } from '../fixtures/surface';
import { ProtocolError } from '../../src/protocol/fields';
import { parseGlb } from '../../src/protocol/glb';
import { compressedLeaf, potsdamLeaf } from '../fixtures/leaf';
import { texturedTile } from '../fixtures/textured';

const tile = decodeTile(await decompressed(parseGlb(compressedLeaf())));

describe('a real tile', () => {
  it('becomes one draw of all its primitives', () => {
    expect(tile.positions.length).toBe(1872 * 4);
    expect(tile.indices.length).toBe(3 * (628 + 272 + 272));
    expect(Math.max(...tile.indices)).toBe(1871);
    expect(tile.positions).toBeInstanceOf(Int16Array);
    expect(tile.scale[0]).toBe(1 / 128);
  });

  it('keeps surface groups by material', () => {
    const counts = [0, 0, 0];
    for (let v = 0; v < 1872; v += 1) counts[surfaceOf(tile.kinds[4 * v])] += 1;
    expect(counts).toEqual([1244, 314, 314]);
  });

  it('has unit normals; those of walls are level', () => {
    for (let v = 0; v < 1872; v += 1) {
      const [x, y, z] = tile.normals.subarray(4 * v, 4 * v + 3);
      expect(Math.hypot(x, y, z)).toBeGreaterThan(124);
      if (surfaceOf(tile.kinds[4 * v]) === WALL) expect(Math.abs(y)).toBeLessThan(3);
    }
  });

  it('gives every vertex a feature of the table and a seed that hangs on its identity alone', () => {
    const seeds = new Map<number, number>();
    for (let v = 0; v < 1872; v += 1) {
      const row = tile.features[2 * v];
      expect(row).toBeLessThan(21);
      expect(seeds.get(row) ?? tile.features[2 * v + 1]).toBe(tile.features[2 * v + 1]);
      seeds.set(row, tile.features[2 * v + 1]);
    }
    const id = new TextEncoder().encode('potsdam-lod1/cb174f05-b26f-428b-8c05-6d44a3');
    expect(seeds.get(11)).toBe(hash16(id));
  });

  it('counts its bytes', () => {
    expect(tile.bytes).toBe(1872 * (8 + 4 + 4 + 4 + 4) + 3516 * 2);
  });
});

describe('colours of the source', () => {
  const paintsOf = (bytes: Uint8Array): number[] | undefined => {
    const { paints } = decodeTile(parseGlb(bytes));
    return paints && [...paints];
  };
  const four = (paint: readonly number[]): number[] => [...paint, ...paint, ...paint, ...paint];
  const NONE = [0, 0, 0, 255];

  it('are kept where there are any; the rest is marked as without', () => {
    const tile = texturedTile([{ surface: 'roof' }, { surface: 'wall', colour: [200, 100, 50, 255] }]);
    expect(paintsOf(tile)).toEqual([...four(NONE), ...four([200, 100, 50, 0])]);
    expect(paintsOf(texturedTile([{ surface: 'roof' }]))).toBeUndefined();
  });

  it('of what lets light through are a colour, too, but a pane is glass', () => {
    const colour = [90, 120, 140, 80] as const;
    expect(paintsOf(texturedTile([{ surface: 'structure', colour, alphaMode: 'BLEND' }]))).toEqual(four([90, 120, 140, 0]));
    expect(paintsOf(texturedTile([{ surface: 'window', colour, alphaMode: 'BLEND' }]))).toEqual(four(NONE));
    expect(paintsOf(texturedTile([{ surface: 'window', colour: [9, 9, 9, 255] }]))).toEqual(four([9, 9, 9, 0]));
  });

  it('make of a pane a mirror where it faces to, and nothing from behind, where light goes through', () => {
    const triangles = (alphaMode?: 'BLEND'): number => decodeTile(parseGlb(texturedTile([{ surface: 'window', alphaMode }]))).indices.length / 3;
    expect(triangles()).toBe(2 * triangles('BLEND'));
  });
});

it('a pane is drawn from both sides, a wall from its own', () => {
  expect(decodeTile(parseGlb(texturedTile([{ surface: 'window' }]))).indices).toHaveLength(12);
  expect(decodeTile(parseGlb(texturedTile([{ surface: 'wall' }]))).indices).toHaveLength(6);
});

describe('hostile content', () => {
  it('is refused in one sentence wherever it is cut', () => {
    const whole = potsdamLeaf();
    for (const length of [0, 11, 19, 300, 5000, whole.length - 1000]) {
      expect(() => decodeTile(parseGlb(whole.slice(0, length)))).toThrow(ProtocolError);
    }
  });

  it('is decoded or refused, but never reads beyond its data, wherever its binary part is damaged', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const damaged = potsdamLeaf();
      for (let i = 0; i < 20; i += 1) {
        damaged[10_000 + ((seed * 7919 + i * 104_729) % (damaged.length - 10_000))] ^= 0xff;
      }
      try {
        const { indices, positions } = decodeTile(parseGlb(damaged));
        expect(Math.max(...indices)).toBeLessThan(positions.length / 4);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }
  });
});
