import { expect, it } from 'vitest';

import { createManualClock } from '../../src/core/clock';
import { createPlayout } from '../../src/people/playout';

const START_MS = 1_700_000_000_000;

it('goes by the least delayed frame', () => {
  const clock = createManualClock();
  const playout = createPlayout(clock);
  for (const delay of [40, 90, 10, 200, 60]) {
    clock.advance(100);
    playout.heard((START_MS + clock.now() - delay) * 1000);
  }
  expect(playout.now() - (START_MS + clock.now())).toBeCloseTo(-10, 0);
});

it('follows a clock that runs slower', () => {
  const clock = createManualClock();
  const playout = createPlayout(clock);
  for (let i = 0; i < 600; i += 1) {
    clock.advance(100);
    playout.heard((START_MS + clock.now() * 0.9998) * 1000);
  }
  expect(Math.abs(playout.now() - (START_MS + clock.now() * 0.9998))).toBeLessThan(1);
});

it('starts anew with another server', () => {
  const clock = createManualClock(1000);
  const playout = createPlayout(clock);
  playout.heard(START_MS * 1000);
  playout.reset();
  playout.heard((START_MS - 5000) * 1000);
  expect(playout.now()).toBe(START_MS - 5000);
});
