import { describe, expect, it } from 'vitest';

import type { Building } from '../../src/protocol/buildings';
import { buildingNear, contains, insideOf, roomAt, storeyAt } from '../../src/storeys/inside';

const HALL = { id: 'hall', name: 'Hall', storey: 'ground', outline: [[0, 0], [6, 0], [6, 8], [0, 8]], floor: 50, ceiling: 56 } as const;
const GALLERY = { id: 'gallery', name: 'Gallery', storey: 'upper', outline: [[0, 4], [6, 4], [6, 8], [0, 8]], floor: 53, ceiling: 56 } as const;
const HOUSE: Building = {
  id: 'house',
  name: 'House',
  floor: 50,
  box: [[0, 0, 49], [10, 8, 57]],
  turn: 0,
  storeys: [
    { id: 'ground', name: 'Ground floor', floor: 50, ceiling: 53 },
    { id: 'upper', name: '', floor: 53, ceiling: 57 },
  ],
  rooms: [HALL, GALLERY],
  variant: '',
};

describe('a building', () => {
  it('is near from a few metres away, and the nearest of several counts', () => {
    const shed = { ...HOUSE, id: 'shed', box: [[14, 0, 49], [16, 8, 52]] } as const;
    expect(buildingNear([HOUSE, shed], [13, 4, 50], 12)?.id).toBe('shed');
    expect(buildingNear([HOUSE, shed], [30, 4, 50], 12)).toBeUndefined();
  });

  it('has nobody inside who stands beside it', () => {
    expect(insideOf(HOUSE, [10.5, 4, 50])).toBeUndefined();
    expect(insideOf(HOUSE, [9, 4, 50])?.room).toBeUndefined();
    expect(insideOf(HOUSE, [9, 4, 50])?.storey?.id).toBe('ground');
  });
});

describe('a room', () => {
  it('is told by its outline and by its height', () => {
    expect(insideOf(HOUSE, [3, 2, 50])?.room?.name).toBe('Hall');
    expect(roomAt(HOUSE.rooms, [3, 6, 53])?.name).toBe('Gallery');
    expect(roomAt(HOUSE.rooms, [3, 6, 50])?.name).toBe('Hall');
    expect(roomAt(HOUSE.rooms, [8, 6, 50])).toBeUndefined();
  });

  it('may have corners that turn in', () => {
    const outline = [[0, 0], [4, 0], [4, 4], [3, 4], [3, 1], [1, 1], [1, 4], [0, 4]] as const;
    expect(contains(outline, [0.5, 3])).toBe(true);
    expect(contains(outline, [2, 3])).toBe(false);
    expect(contains([], [0, 0])).toBe(false);
  });
});

it('a storey is that whose floor is below the feet', () => {
  expect(storeyAt(HOUSE.storeys, 52.5)?.id).toBe('ground');
  expect(storeyAt(HOUSE.storeys, 52.9)?.id).toBe('upper');
  expect(storeyAt(HOUSE.storeys, 40)?.id).toBe('ground');
});
