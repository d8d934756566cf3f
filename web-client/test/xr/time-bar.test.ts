// @vitest-environment happy-dom
import { Scene, Vector3 } from 'three';
import { beforeEach, expect, it } from 'vitest';

import { createTimeBar, type ShownTime, type TimeBar } from '../../src/xr/time-bar';

const EYE = { x: 10, y: 1.65, z: 0, yaw: 0 };
const HEAD = new Vector3(EYE.x, EYE.y, EYE.z);
let steps: number[];
let lives: number;
let bar: TimeBar;

function created(isOffered: boolean): TimeBar {
  const time: ShownTime = { isOffered, moment: undefined, words: 'now', step: (ms) => steps.push(ms / 3_600_000), live: () => (lives += 1) };
  const made = createTimeBar(new Scene(), () => time);
  made.face(EYE);
  return made;
}

beforeEach(() => {
  steps = [];
  lives = 0;
  bar = created(true);
});

it('steps back and on, and leads to now again', () => {
  for (const place of bar.places()) expect(bar.press(HEAD, place.sub(HEAD).normalize())).toBe(true);
  expect(steps).toEqual([-24, -1, 1]);
  expect(lives).toBe(1);
});

it('passes by all other presses, and leaves the floor ahead to who goes there', () => {
  expect(bar.press(HEAD, new Vector3(0, 1, 0))).toBe(false);
  const hand = new Vector3(EYE.x + 0.2, 1.2, EYE.z - 0.3);
  for (const ahead of [1.5, 2.5, 3.5, 6]) {
    for (const aside of [-0.4, 0, 0.4]) {
      const floor = new Vector3(EYE.x + aside, 0, EYE.z - ahead);
      expect(bar.press(hand, floor.sub(hand).normalize())).toBe(false);
    }
  }
});

it('is not there where nothing is measured', () => {
  expect(created(false).places()).toEqual([]);
});
