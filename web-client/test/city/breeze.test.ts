// @vitest-environment happy-dom
import { beforeEach, expect, it } from 'vitest';

import { createBreeze, REST_AFTER_MS, type Breeze } from '../../src/city/breeze';
import type { Tile } from '../../src/city/city';
import { createManualClock, type ManualClock } from '../../src/core/clock';

let clock: ManualClock;
let asked: number[];
let immersed: boolean;
let breeze: Breeze;

const tile = (stirs: boolean): Tile => ({ content: { source: { stirs } } }) as unknown as Tile;

/** Whether another frame is asked for after this one. */
function goesOn(): boolean {
  asked = [];
  breeze.frame();
  return asked.length > 0;
}

beforeEach(() => {
  clock = createManualClock();
  asked = [];
  immersed = false;
  breeze = createBreeze({ clock, seconds: { value: 0 }, still: false, immersed: () => immersed, later: (ms) => asked.push(ms) });
  breeze.tilesChanged([tile(true)]);
});

it('asks for twenty frames a second while something stirs', () => {
  breeze.frame();
  clock.advance(10);
  breeze.frame();
  expect(asked).toEqual([50, 40]);
});

it('asks for none where nothing stirs', () => {
  breeze.tilesChanged([tile(false)]);
  expect(goesOn()).toBe(false);
});

it('rests when nobody has done anything for a while, and goes on at the first sign of life', () => {
  clock.advance(REST_AFTER_MS);
  expect(goesOn()).toBe(true);
  clock.advance(REST_AFTER_MS);
  expect(goesOn()).toBe(false);
  dispatchEvent(new Event('pointermove'));
  expect(asked).toEqual([0]);
  expect(goesOn()).toBe(true);
});

it('goes on for whoever wears a headset, whose head is never still', () => {
  clock.advance(2 * REST_AFTER_MS);
  immersed = true;
  expect(goesOn()).toBe(true);
});
