import { expect, it } from 'vitest';

import { decodeTile, hash16 } from '../../src/city/decode';
import { PLANT_KINDS } from '../../src/city/plant-decode';
import { ProtocolError } from '../../src/protocol/fields';
import { parseGlb } from '../../src/protocol/glb';
import { vegetationTile, type Plant } from '../fixtures/vegetation';

const PLANTS: readonly Plant[] = [
  { node: 'tree-broadleaf', foot: [1, 2, 3], size: [6, 9, 6], row: 0 },
  { node: 'tree-conifer', foot: [-4, 0.5, 8], size: [4, 15, 4], row: 2 },
  { node: 'shrub', foot: [0, 0, 0], size: [1.5, 1, 1.5], row: 1 },
];
const IDS = ['park/a', 'park/b', 'park/c'];

it('becomes plants with place, size, kind and a seed that hangs on their identity', () => {
  const { plants, indices, stirs } = decodeTile(parseGlb(vegetationTile(PLANTS, IDS)));
  expect([...plants!.kinds].map((kind) => PLANT_KINDS[kind])).toEqual(['tree-broadleaf', 'tree-conifer', 'shrub']);
  expect([...plants!.shapes.subarray(5, 10)]).toEqual([-4, 0.5, 8, 4, 15]);
  expect([...plants!.rows]).toEqual([0, 2, 1]);
  expect(plants!.seeds[1]).toBe(hash16(new TextEncoder().encode('park/c')));
  expect(indices.length).toBe(0);
  expect(stirs).toBe(true);
});

it('takes a kind it does not know for a broad-leaved tree', () => {
  const { plants } = decodeTile(parseGlb(vegetationTile([{ ...PLANTS[0], node: 'tree-of-heaven' }], IDS)));
  expect(plants!.kinds[0]).toBe(0);
});

it('keeps a plant of senseless size within bounds', () => {
  const { plants } = decodeTile(parseGlb(vegetationTile([{ ...PLANTS[0], size: [1e30, -3, 1e30] }], IDS)));
  expect(plants!.shapes[3]).toBeLessThanOrEqual(150);
  expect(plants!.shapes[4]).toBeGreaterThan(0);
});

it.each([
  ['stands nowhere', [{ ...PLANTS[0], foot: [Number.NaN, 0, 0] as const }]],
  ['points at a feature that the tile lacks', [{ ...PLANTS[0], row: 9 }]],
])('is refused where a plant %s', (_, plants) => {
  expect(() => decodeTile(parseGlb(vegetationTile(plants, IDS)))).toThrow(ProtocolError);
});
