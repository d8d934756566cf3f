import { expect, it } from 'vitest';

import { createManualClock } from '../../src/core/clock';
import { createFrameLoop } from '../../src/core/frame-loop';

function harness() {
  const clock = createManualClock();
  const requests: (() => void)[] = [];
  const steps: number[] = [];
  const timers: { ms: number; run: () => void }[] = [];
  const state = { moving: false, rendered: 0 };
  const loop = createFrameLoop({
    clock,
    request: (run) => requests.push(run),
    after: (ms, run) => void timers.push({ ms, run }),
    simulate(seconds) {
      steps.push(seconds);
      return state.moving;
    },
    render: () => (state.rendered += 1),
  });
  const browserFrame = (): void => {
    for (const run of requests.splice(0)) run();
  };
  return { clock, requests, timers, steps, state, loop, browserFrame };
}

it('draws once for many requests, then rests', () => {
  const { loop, browserFrame, requests, state } = harness();
  loop.invalidate();
  loop.invalidate();
  expect(requests).toHaveLength(1);
  browserFrame();
  expect(state.rendered).toBe(1);
  expect(requests).toHaveLength(0);
});

it('goes on by itself while something moves', () => {
  const { loop, browserFrame, requests, state } = harness();
  state.moving = true;
  loop.invalidate();
  browserFrame();
  expect(requests).toHaveLength(1);
});

it('never jumps after a rest', () => {
  const { loop, browserFrame, clock, steps } = harness();
  clock.advance(60_000);
  loop.invalidate();
  browserFrame();
  expect(steps[0]).toBeLessThanOrEqual(0.1);
});

it('asks for no frames while hidden', () => {
  const { loop, requests, browserFrame } = harness();
  loop.hidden(true);
  loop.invalidate();
  expect(requests).toHaveLength(0);
  loop.hidden(false);
  browserFrame();
  expect(loop.frames).toBe(1);
});

it('leaves the frames to the headset during a session', () => {
  const { loop, requests, state } = harness();
  loop.session(true);
  loop.invalidate();
  expect(requests).toHaveLength(0);
  loop.sessionFrame();
  expect(state.rendered).toBe(1);
  loop.session(false);
  expect(requests).toHaveLength(1);
});

it('draws once where several ask for the same later frame, and earlier where one asks for that', () => {
  const { clock, loop, requests, timers } = harness();
  loop.later(50);
  loop.later(80);
  expect(timers.map(({ ms }) => ms)).toEqual([50]);
  clock.advance(10);
  loop.later(20);
  expect(timers.map(({ ms }) => ms)).toEqual([50, 20]);
  timers[1].run();
  expect(requests).toHaveLength(1);
  loop.later(50);
  expect(timers).toHaveLength(3);
});
