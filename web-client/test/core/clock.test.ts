import { expect, it } from 'vitest';

import { createManualClock } from '../../src/core/clock';

it('moves only when told, and never back', () => {
  const clock = createManualClock(10);
  expect(clock.now()).toBe(10);
  clock.advance(5);
  expect(clock.now()).toBe(15);
  expect(() => clock.advance(-1)).toThrow(RangeError);
});
