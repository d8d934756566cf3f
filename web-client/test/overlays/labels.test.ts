// @vitest-environment happy-dom
import { PerspectiveCamera } from 'three';
import { beforeEach, expect, it } from 'vitest';

import { createLabels, type Labels } from '../../src/overlays/labels';
import { createSight } from '../../src/overlays/sight';

let root: HTMLElement;
let labels: Labels;
let rays: number[];
let wallNorthOf: number;
const camera = new PerspectiveCamera(60, 1, 0.1, 1000);

/** A sensor 100 m north of the eye, on a house; `wallNorthOf` metres away stands a wall. */
beforeEach(() => {
  document.body.replaceChildren((root = document.createElement('div')));
  rays = [];
  wallNorthOf = Infinity;
  camera.position.set(0, 0, 0);
  camera.updateMatrixWorld();
  labels = createLabels({
    root,
    controls: [],
    chosen: () => undefined,
    sight: createSight((from, to) => {
      rays.push(from.distanceTo(to));
      return to.z <= -wallNorthOf && from.z > -wallNorthOf;
    }),
  });
  const datastream = { id: 1, key: 'k', name: 'Air', observed_property: 't', unit: '°C', feature: '', position: [0, 100, 0] as const, stale_after_s: 60 };
  labels.sensors([{ datastream, reading: undefined }]);
});

function seen(onFoot = true): boolean {
  labels.arrange(camera, 400, 300, onFoot);
  return root.querySelector('.pin.seen') !== null;
}

it('shows a pin in plain view', () => expect(seen()).toBe(true));

it('hides a pin behind a wall from a walker, not from above', () => {
  wallNorthOf = 40;
  expect(seen()).toBe(false);
  expect(seen(false)).toBe(true);
});

it('looks no farther than the house that the sensor hangs on', () => {
  wallNorthOf = 90;
  expect(seen()).toBe(true);
  expect(Math.max(...rays)).toBeLessThanOrEqual(75);
});

it('asks for no rays while the walker stands', () => {
  for (let i = 0; i < 60; i += 1) seen();
  expect(rays).toHaveLength(1);
  camera.position.set(0, 0, -5);
  camera.updateMatrixWorld();
  seen();
  expect(rays).toHaveLength(2);
});

it('notices walls that come later', () => {
  expect(seen()).toBe(true);
  wallNorthOf = 40;
  expect(labels.texts(0)).toBe(true);
  expect(seen()).toBe(false);
  expect(labels.texts(0)).toBe(false);
});
