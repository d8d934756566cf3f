import { expect, test, vi } from 'vitest';

import { buildingsOf, readBuildings } from '../../src/protocol/buildings';
import { ProtocolError } from '../../src/protocol/fields';
import { readManifest } from '../../src/protocol/manifest';

const STOREY = { id: 'h/s0', name: 'Ground floor', floor: 110, ceiling: 112.7 };
const OUTLINE = [[0, 0], [4, 0], [4, 3]];
const ROOM = { id: 'h/r1', name: 'Kitchen', storey: 'h/s0', outline: OUTLINE, floor: 110, ceiling: 112.5 };
const HOUSE = { id: 'h/b', name: '', box: [[0, 0, 110], [8, 6, 116]], floor: 110, turn: 0.5, storeys: [STOREY], rooms: [ROOM] };

const MANIFEST = readManifest({
  schema: 'citiverse-scene/1',
  name: 'town',
  title: 'Town',
  origin: { lon: 9, lat: 54 },
  extent: { min: [0, 0, 0], max: [1, 1, 1] },
  layers: [{ name: 'shells', kind: 'city-objects', title: '', reality: 'proposed', features: 1 }],
  variants: [
    { name: 'a', title: 'A', description: '', layers: [], hides: [], buildings: 'variants/a-1/buildings.json' },
    { name: 'b', title: 'B', description: '', layers: [], hides: [] },
  ],
  spawn_points: [],
  attributions: [],
  collider_cell_m: 64,
  buildings: 'buildings.json',
});

test('storeys and rooms are read as the contract has them', () => {
  const [house] = readBuildings({ buildings: [HOUSE] }, 'a');
  expect(house).toEqual({ ...HOUSE, variant: 'a' });
});

test('what breaks the contract is refused', () => {
  const outline = [[0, 0, 0]];
  expect(() => readBuildings({ buildings: [{ ...HOUSE, rooms: [{ ...ROOM, outline }] }] })).toThrow(ProtocolError);
  expect(() => readBuildings({ buildings: [{ ...HOUSE, box: [[0, 0, 0]] }] })).toThrow(ProtocolError);
});

test('only files that the manifest names are asked for, and who has none is no error', async () => {
  const asked: string[] = [];
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const found = await buildingsOf(MANIFEST, (path) => {
    asked.push(path);
    return path.includes('variants') ? Promise.resolve({ buildings: [HOUSE] }) : Promise.reject(new Error('404'));
  });
  expect(asked).toEqual(['/scenes/town/buildings.json', '/scenes/town/variants/a-1/buildings.json']);
  expect(found.map(({ variant }) => variant)).toEqual(['a']);
  expect(warn).toHaveBeenCalledOnce();
  warn.mockRestore();
});
