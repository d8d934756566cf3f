import { beforeEach, expect, it } from 'vitest';

import { createPlayhead, type Playhead } from '../../src/time/playhead';

const HOUR_MS = 3_600_000;
let now: number;
let playhead: Playhead;

beforeEach(() => {
  now = 10 * HOUR_MS;
  playhead = createPlayhead(() => now);
});

it('stands at now until one goes elsewhere, and never beyond', () => {
  expect(playhead.moment).toBeUndefined();
  playhead.step(-HOUR_MS);
  expect(playhead.moment).toBe(9 * HOUR_MS);
  playhead.step(2 * HOUR_MS);
  expect(playhead.moment).toBeUndefined();
});

it('plays as fast as it is told, until it has caught up with now', () => {
  playhead.goTo(9 * HOUR_MS);
  playhead.play(600);
  expect(playhead.advance(1)).toBe(true);
  expect(playhead.moment).toBe(9 * HOUR_MS + 600_000);
  playhead.advance(6);
  expect(playhead.moment).toBeUndefined();
  expect(playhead.speed).toBe(0);
});

it('does not move by itself, nor from now', () => {
  expect(playhead.advance(1)).toBe(false);
  playhead.play(60);
  expect(playhead.speed).toBe(0);
  playhead.goTo(HOUR_MS);
  expect(playhead.advance(1)).toBe(false);
  playhead.play(60);
  playhead.pause();
  expect(playhead.advance(1)).toBe(false);
  expect(playhead.moment).toBe(HOUR_MS);
});
