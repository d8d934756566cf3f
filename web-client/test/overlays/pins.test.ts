// @vitest-environment happy-dom
import { PerspectiveCamera } from 'three';
import { beforeEach, expect, it } from 'vitest';

import { createPins, type Pins } from '../../src/overlays/pins';
import { createSight, OWN_HOUSE_M } from '../../src/overlays/sight';

let root: HTMLElement;
let pins: Pins;
let rays: number[];
let wallNorthOf: number;
const camera = new PerspectiveCamera(60, 1, 0.1, 1000);

const KIND = { className: 'sensor', stem: 40, most: 6, mostFromAbove: 12, farthest: 400, own: OWN_HOUSE_M };

/** A pin 100 m north of the eye, on a house; `wallNorthOf` metres away stands a wall. */
beforeEach(() => {
  document.body.replaceChildren((root = document.createElement('div')));
  rays = [];
  wallNorthOf = Infinity;
  camera.position.set(0, 0, 0);
  camera.updateMatrixWorld();
  pins = createPins({
    root,
    controls: [],
    sight: createSight((from, to) => {
      rays.push(from.distanceTo(to));
      return to.z <= -wallNorthOf && from.z > -wallNorthOf;
    }),
  });
  pins.add(KIND, [document.createTextNode('Air')]).place.set(0, 0, -100);
});

function seen(onFoot = true): boolean {
  pins.arrange(camera, 400, 300, onFoot);
  return root.querySelector('.pin.seen') !== null;
}

it('shows a pin in plain view', () => expect(seen()).toBe(true));

it('hides a pin behind a wall from a walker, not from above', () => {
  wallNorthOf = 40;
  expect(seen()).toBe(false);
  expect(seen(false)).toBe(true);
});

it('looks no farther than the house that the place belongs to', () => {
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
  expect(pins.renew()).toBe(true);
  expect(seen()).toBe(false);
  expect(pins.renew()).toBe(false);
});

it('finds room when what lay over the picture is gone', () => {
  const hint = document.createElement('p');
  let isThere = true;
  hint.checkVisibility = () => isThere;
  hint.getBoundingClientRect = () => new DOMRect(0, 0, 400, 300);
  pins = createPins({ root, controls: [hint], sight: createSight(() => false) });
  pins.add(KIND, [document.createTextNode('Air')]).place.set(0, 0, -100);
  expect(seen()).toBe(false);
  expect(pins.renew()).toBe(false);
  isThere = false;
  expect(pins.renew()).toBe(true);
  expect(seen()).toBe(true);
  expect(pins.renew()).toBe(false);
});

it('follows a place that moves, and takes a pin away', () => {
  const pin = pins.add({ ...KIND, className: 'person' }, [document.createTextNode('Ada')]);
  pin.place.set(0, 0, -5);
  seen();
  expect(pin.shown).toBe(true);
  pin.place.set(0, 0, 5);
  seen();
  expect(pin.shown).toBe(false);
  pin.remove();
  expect(root.querySelector('.person')).toBeNull();
});

it('presses what can be pressed', () => {
  let presses = 0;
  const pin = pins.add(KIND, [document.createTextNode('Read')], () => (presses += 1));
  pin.card.click();
  expect(presses).toBe(1);
});

it('shows no pin from so high above that its card would hide the city', () => {
  camera.far = 5000;
  camera.updateProjectionMatrix();
  camera.position.set(0, 0, 1300);
  camera.updateMatrixWorld();
  expect(seen(false)).toBe(true);
  camera.position.set(0, 0, 1500);
  camera.updateMatrixWorld();
  expect(seen(false)).toBe(false);
});
