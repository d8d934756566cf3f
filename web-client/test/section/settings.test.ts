import { describe, expect, it } from 'vitest';

import type { Building } from '../../src/protocol/buildings';
import { isCutAway, type Cut } from '../../src/section/cut';
import { boxArea, cutOf, headingTowards, heightsOf, nearestOf, NOTHING_CUT, planHeight, reachOf, storeyAt, type Settings } from '../../src/section/settings';

const STOREYS = [
  { id: 'a/ground', name: 'Ground floor', floor: 10, ceiling: 12.7 },
  { id: 'a/attic', name: 'Attic', floor: 12.7, ceiling: 13.5 },
];
const HOUSE: Building = { id: 'a/house', name: 'House', box: [[0, 0, 10], [20, 10, 16]], floor: 10, turn: 0, storeys: STOREYS, rooms: [], variant: '' };
const AREA = boxArea(HOUSE);

function settings(of: Partial<Settings>): Settings {
  return { ...NOTHING_CUT, building: HOUSE, area: AREA, ...of };
}

function cut(of: Partial<Settings>): Cut {
  return cutOf(settings(of))!;
}

describe('a storey that is shown', () => {
  it('has nothing above the height at which it is cut', () => {
    const plan = cut({ storey: STOREYS[0], height: 1.5 });
    expect(isCutAway(plan, 10, 11.6, -5)).toBe(true);
    expect(isCutAway(plan, 10, 11.4, -5)).toBe(false);
    expect(isCutAway(plan, 40, 11.6, -5), 'the neighbour').toBe(false);
  });

  it('is cut at 1.5 m as architects do, and lower where it is lower', () => {
    expect(planHeight(STOREYS[0])).toBe(1.5);
    expect(planHeight(STOREYS[1])).toBe(0.8);
    expect(heightsOf(STOREYS[0])).toEqual([0.3, 2.7]);
  });
});

describe('a cut from the side', () => {
  it('takes away what lies towards its heading, beyond its place', () => {
    const east = cut({ side: { heading: Math.PI / 2, offset: 3 } });
    expect(isCutAway(east, 13.1, 11, -5)).toBe(true);
    expect(isCutAway(east, 12.9, 11, -5)).toBe(false);
    const north = cut({ side: { heading: 0, offset: 0 } });
    expect(isCutAway(north, 10, 11, -5.1)).toBe(true);
    expect(isCutAway(north, 10, 11, -4.9)).toBe(false);
  });

  it('faces the eye along one of the building’s own axes', () => {
    expect(headingTowards(settings({}), { x: 12, z: 40 }, 0)).toBeCloseTo(Math.PI, 6);
    expect(headingTowards(settings({ area: { ...AREA, turn: 0.2 } }), { x: 12, z: 40 }, 0)).toBeCloseTo(Math.PI + 0.2, 6);
  });

  it('can stand anywhere in the building', () => {
    expect(reachOf(settings({}), Math.PI / 2)).toBeCloseTo(10.1, 6);
    expect(reachOf(settings({}), 0)).toBeCloseTo(5.1, 6);
  });

  it('goes through everything where no building is chosen', () => {
    const all = cutOf({ ...NOTHING_CUT, side: { heading: 0, offset: 0 } })!;
    expect(isCutAway(all, 500, 3, -1)).toBe(true);
    expect(isCutAway(all, 500, 3, 1)).toBe(false);
  });
});

it('cuts nothing where neither is wanted', () => {
  expect(cutOf(NOTHING_CUT)).toBeUndefined();
  expect(cutOf(settings({}))).toBeUndefined();
});

it('begins with the building and the storey that one is in', () => {
  const far: Building = { ...HOUSE, id: 'b', box: [[100, 0, 0], [110, 10, 9]] };
  expect(nearestOf([far, HOUSE], { x: 10, z: -5 })?.id).toBe('a/house');
  expect(nearestOf([far, HOUSE], { x: 90, z: -5 })?.id).toBe('b');
  expect(nearestOf([], { x: 0, z: 0 })).toBeUndefined();
  expect(storeyAt(HOUSE, 12.75)?.name).toBe('Attic');
  expect(storeyAt(HOUSE, 2)?.name).toBe('Ground floor');
});
