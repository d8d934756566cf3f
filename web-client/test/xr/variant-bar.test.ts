// @vitest-environment happy-dom
import { Scene, Vector3 } from 'three';
import { expect, it } from 'vitest';

import { createVariantBar, type ShownVariants } from '../../src/xr/variant-bar';

const EYE = { x: 10, y: 1.65, z: 0, yaw: 0 };

function created(count: number) {
  let at = 0;
  const variants = { all: Array.from({ length: count }), title: 'As it is', nextTitle: 'A', realities: [], next: () => (at += 1) } as unknown as ShownVariants;
  const bar = createVariantBar(new Scene(), () => variants);
  bar.face(EYE);
  return { bar, turns: () => at };
}

it('shows the next variant when one presses on it, and passes by all other presses', () => {
  const { bar, turns } = created(1);
  const eye = new Vector3(EYE.x, EYE.y, EYE.z);
  const towards = bar.place()!.sub(eye).normalize();
  expect(bar.press(eye, new Vector3(0, 1, 0))).toBe(false);
  expect(bar.press(eye, towards)).toBe(true);
  expect(turns()).toBe(1);
});

it('goes along, and comes round when one looks far aside', () => {
  const { bar } = created(1);
  bar.face({ ...EYE, x: 20, yaw: 0.3 });
  expect(bar.place()!.x).toBeCloseTo(20 - Math.sin(0.6));
  bar.face({ ...EYE, x: 20, yaw: Math.PI / 2 });
  expect(bar.place()!.x).toBeCloseTo(20 - Math.sin(Math.PI / 2 + 0.6));
});

it('leaves the floor ahead to who goes there', () => {
  const { bar } = created(1);
  const hand = new Vector3(EYE.x + 0.2, 1.2, EYE.z - 0.3);
  for (const ahead of [1.5, 2.5, 3.5, 6]) {
    for (const aside of [-0.4, 0, 0.4]) {
      const floor = new Vector3(EYE.x + aside, 0, EYE.z - ahead);
      expect(bar.press(hand, floor.sub(hand).normalize())).toBe(false);
    }
  }
});

it('is not there where a city has no variants', () => {
  const { bar } = created(0);
  expect(bar.place()).toBeUndefined();
  expect(bar.press(new Vector3(EYE.x, EYE.y, EYE.z), new Vector3(0, -0.45, -0.9).normalize())).toBe(false);
});
