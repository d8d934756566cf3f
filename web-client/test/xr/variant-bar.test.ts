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
  expect(bar.place()!.x).toBeCloseTo(20);
  bar.face({ ...EYE, x: 20, yaw: Math.PI / 2 });
  expect(bar.place()!.x).toBeCloseTo(19);
});

it('is not there where a city has no variants', () => {
  const { bar } = created(0);
  expect(bar.place()).toBeUndefined();
  expect(bar.press(new Vector3(EYE.x, EYE.y, EYE.z), new Vector3(0, -0.45, -0.9).normalize())).toBe(false);
});
