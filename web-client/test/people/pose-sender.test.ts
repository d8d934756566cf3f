import { beforeEach, expect, it } from 'vitest';

import { createPoseSender, type PoseSender } from '../../src/people/pose-sender';

let sender: PoseSender;
const still = { points: [1, 2, 3], heading: 0.5, pitch: 0 };

beforeEach(() => {
  sender = createPoseSender();
  expect(sender.consider(still, 0)).toBe('send');
});

it('says nothing while nothing changes', () => expect(sender.consider({ ...still, points: [1.005, 2, 3] }, 5000)).toBe('same'));

it.each([
  ['a step', { ...still, points: [1.02, 2, 3] }],
  ['a turn', { ...still, heading: 0.52 }],
  ['a nod', { ...still, pitch: -0.02 }],
  ['a hand', { ...still, points: [1, 2, 3, 1, 2, 2, 2, 2, 2] }],
])('%s is told, after a tenth of a second', (_, pose) => {
  expect(sender.consider(pose, 99)).toBe('wait');
  expect(sender.consider(pose, 100)).toBe('send');
});

it('never sends more than ten a second', () => {
  let sent = 0;
  for (let t = 1; t <= 1000; t += 1) if (sender.consider({ ...still, heading: t }, t) === 'send') sent += 1;
  expect(sent).toBeLessThanOrEqual(10);
});

it('a new session is told at once', () => {
  sender.reset();
  expect(sender.consider(still, 1)).toBe('send');
});
