import { expect, it } from 'vitest';

import { createManualClock } from '../../src/core/clock';
import { createTimeline } from '../../src/overlays/timeline';

it('runs evenly although messages come sooner or later', () => {
  const clock = createManualClock();
  let late = 0;
  const timeline = createTimeline(clock, () => 1e12 + clock.now() - late);
  let before = timeline.now();
  for (const next of [0, 80, 20, 0, 90, 10, 40]) {
    late = next;
    clock.advance(20);
    const now = timeline.now();
    expect(Math.abs(now - before - 20)).toBeLessThan(1);
    before = now;
  }
});

it('goes to another moment at once', () => {
  const clock = createManualClock();
  let moment = 1e12;
  const timeline = createTimeline(clock, () => moment);
  timeline.now();
  moment -= 3600e3;
  expect(timeline.now()).toBe(moment);
});

it('stands where the moment that is looked at stands', () => {
  const clock = createManualClock();
  const timeline = createTimeline(clock, () => 1e12);
  for (let frame = 0; frame < 60; frame += 1) {
    clock.advance(17);
    expect(timeline.now()).toBe(1e12);
  }
});
