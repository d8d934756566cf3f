import { expect, it } from 'vitest';

import { createCredit } from '../../src/net/credit';

function harness() {
  const sent: number[] = [];
  const timers: { at: number; run: () => void }[] = [];
  const state = { timeMs: 0 };
  const credit = createCredit({
    send: (bytes) => sent.push(bytes),
    now: () => state.timeMs,
    after: (ms, run) => timers.push({ at: state.timeMs + ms, run }),
  });
  const pass = (ms: number): void => {
    state.timeMs += ms;
    for (const timer of timers.splice(0)) {
      if (timer.at <= state.timeMs) timer.run();
      else timers.push(timer);
    }
  };
  return { credit, sent, pass };
}

it('gives the first bytes back at once and gathers the rest', () => {
  const { credit, sent, pass } = harness();
  credit(10);
  credit(20);
  credit(30);
  expect(sent).toEqual([10]);
  pass(30);
  expect(sent).toEqual([10, 50]);
});

it('gives everything back, in fewer than 40 messages a second', () => {
  const { credit, sent, pass } = harness();
  for (let i = 0; i < 1000; i += 1) {
    credit(7);
    pass(1);
  }
  pass(100);
  expect(sent.reduce((sum, bytes) => sum + bytes, 0)).toBe(7000);
  expect(sent.length).toBeLessThan(40);
});

it('never sends an empty credit', () => {
  const { credit, sent } = harness();
  credit(0);
  expect(sent).toEqual([]);
});
