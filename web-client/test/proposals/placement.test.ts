import { expect, it } from 'vitest';

import { lifted, MOST_LIFT_M, moved, turned, wholeTurn, type Placement } from '../../src/proposals/placement';

const START: Placement = { at: [10, 20], lift: 0, headingDeg: 350 };

it('moves east and north, and leaves the rest', () => {
  expect(moved(START, 1.5, -2)).toEqual({ at: [11.5, 18], lift: 0, headingDeg: 350 });
});

it('turns round and round', () => {
  expect(turned(START, 20).headingDeg).toBe(10);
  expect(turned(START, -360).headingDeg).toBe(350);
  expect(wholeTurn(-1e-15)).toBe(0);
});

it('is neither lifted nor sunk out of reach', () => {
  expect(lifted(START, 1.25).lift).toBe(1.25);
  expect(lifted(START, 1e6).lift).toBe(MOST_LIFT_M);
  expect(lifted(START, -1e6).lift).toBe(-MOST_LIFT_M);
});
