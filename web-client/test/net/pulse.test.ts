import { beforeEach, expect, it } from 'vitest';

import { createPulse, type Pulse } from '../../src/net/pulse';

let pulse: Pulse;
let beat: (() => void) | undefined;
let asked: number;
let dead: number;

/** Lets the page wake so many times, however long that takes. */
function beats(count: number): void {
  for (let i = 0; i < count; i += 1) {
    const run = beat;
    beat = undefined;
    run?.();
  }
}

beforeEach(() => {
  asked = 0;
  dead = 0;
  pulse = createPulse({
    after: (_, run) => {
      beat = run;
      return () => (beat = undefined);
    },
    ask: () => (asked += 1),
    dead: () => (dead += 1),
  });
  pulse.start();
});

it('asks once in a silence, then gives the line up', () => {
  pulse.welcomed();
  beats(2);
  expect([asked, dead]).toEqual([0, 0]);
  beats(4);
  expect([asked, dead]).toEqual([1, 0]);
  beats(1);
  expect([asked, dead]).toEqual([1, 1]);
  expect(beat).toBeUndefined();
});

it('begins anew with whatever comes', () => {
  pulse.welcomed();
  for (let i = 0; i < 20; i += 1) {
    beats(6);
    pulse.heard();
  }
  expect([asked, dead]).toEqual([20, 0]);
});

it('has no patience with a line that does not open', () => {
  beats(11);
  expect(dead).toBe(0);
  beats(1);
  expect(dead).toBe(1);
});

it('has patience with a server that is still to answer', () => {
  beats(5);
  pulse.opened();
  beats(24);
  expect([asked, dead]).toEqual([0, 0]);
  beats(1);
  expect([asked, dead]).toEqual([0, 1]);
});

it('asks at once where there is reason to doubt, and waits less', () => {
  pulse.doubt();
  expect(asked).toBe(0);
  pulse.welcomed();
  pulse.doubt();
  beats(2);
  expect([asked, dead]).toEqual([1, 0]);
  pulse.heard();
  beats(3);
  expect(dead).toBe(0);
});

it('rests when the line is gone', () => {
  pulse.stop();
  expect(beat).toBeUndefined();
});
