import { beforeEach, expect, it } from 'vitest';

import { CHANNELS, createMotion, shortestTurn, X, YAW, type Motion } from '../../src/people/motion';

let motion: Motion;
let lastX: number;
let furthestStep: number;

beforeEach(() => {
  motion = createMotion();
  lastX = NaN;
  furthestStep = 0;
});

function pose(x: number, yaw = 0): Float64Array {
  const made = new Float64Array(CHANNELS);
  made[X] = x;
  made[YAW] = yaw;
  return made;
}

/** Draws sixty frames a second from one time to another; returns whether it still moved at the end. */
function draw(fromMs: number, toMs: number): boolean {
  let moving = true;
  for (let t = fromMs; t <= toMs; t += 1000 / 60) {
    moving = motion.advance(t);
    if (!Number.isNaN(lastX)) furthestStep = Math.max(furthestStep, Math.abs(motion.shown[X] - lastX));
    lastX = motion.shown[X];
  }
  return moving;
}

/** Walks 1.4 m/s, told of every `everyMs` with up to `jitterMs` on the way. */
function walk(seconds: number, everyMs: number, jitterMs: number): void {
  for (let sent = 0; sent <= seconds * 1000; sent += everyMs) {
    const arrived = sent + ((sent / everyMs) % 3) * (jitterMs / 2);
    motion.tell(sent, pose((1.4 * sent) / 1000), arrived);
    draw(arrived, sent + everyMs);
  }
}

it('is where it was first told of, at once', () => {
  motion.tell(0, pose(7), 0);
  expect(motion.shown[X]).toBe(7);
});

it.each([
  [100, 0],
  [100, 60],
  [200, 40],
  [500, 0],
])('walks without jumps when told of every %i ms with %i ms of jitter', (every, jitter) => {
  walk(6, every, jitter);
  const evenStep = 1.4 / 60;
  expect(furthestStep).toBeLessThan(3 * evenStep);
  expect(motion.shown[X]).toBeGreaterThan(1.4 * (6 - 0.35 - (1.5 * every) / 1000));
});

it('is never ahead of what was told', () => {
  walk(3, 100, 0);
  draw(3000, 6000);
  expect(motion.shown[X]).toBeCloseTo(1.4 * 3, 6);
});

it('comes to rest, and costs nothing then', () => {
  walk(1, 100, 0);
  expect(draw(1000, 2500)).toBe(false);
});

it('starts walking without sliding through the time it stood', () => {
  motion.tell(0, pose(0), 0);
  draw(0, 10_000);
  motion.tell(10_000, pose(0.14), 10_000);
  motion.advance(10_010);
  expect(motion.shown[X]).toBeLessThan(0.05);
});

it('turns the short way', () => {
  motion.tell(0, pose(0, 3.1), 0);
  motion.tell(100, pose(0, -3.1), 100);
  for (let t = 100; t < 400; t += 10) {
    motion.advance(t);
    expect(Math.abs(shortestTurn(motion.shown[YAW] - Math.PI))).toBeLessThan(0.05);
  }
});

it('a teleport arrives, it does not fly', () => {
  motion.tell(0, pose(0), 0);
  motion.tell(100, pose(40), 100);
  motion.advance(100);
  expect(motion.shown[X]).toBe(40);
});

it('takes no notice of what is older than it knows', () => {
  motion.tell(200, pose(2), 200);
  motion.tell(100, pose(1), 210);
  draw(210, 1000);
  expect(motion.shown[X]).toBe(2);
});
