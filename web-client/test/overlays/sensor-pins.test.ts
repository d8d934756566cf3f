// @vitest-environment happy-dom
import { PerspectiveCamera } from 'three';
import { beforeEach, expect, it } from 'vitest';

import { createLayers, type Layers } from '../../src/overlays/layers';
import { createPins, type Pins } from '../../src/overlays/pins';
import { createSensorPins, markOf, MOST_PINS, scaleImage, type SensorPins } from '../../src/overlays/sensor-pins';
import type { Sensor } from '../../src/overlays/sensors';
import { standsOf } from '../../src/overlays/stands';
import { styleOf } from '../../src/overlays/style';
import { RULE, sensorOf, THEN_US } from '../fixtures/sensor';

const HERE = { x: 0, y: 0, z: 0 };

let root: HTMLElement;
let all: Pins;
let pins: SensorPins;
let layers: Layers;
let chosen: Sensor[];

beforeEach(() => {
  root = document.createElement('div');
  chosen = [];
  layers = createLayers(() => undefined);
  all = createPins({ root, controls: [], sight: { hidden: () => false } });
  pins = createSensorPins(all, (sensor) => chosen.push(sensor));
});

function show(sensors: readonly Sensor[], nowUs = THEN_US): void {
  layers.update(sensors, [RULE]);
  pins.show(standsOf(layers.all), HERE);
  pins.texts(nowUs);
  all.arrange(new PerspectiveCamera(60, 1, 0.1, 1000), 400, 300, true);
}

it('only sensors with a place have a pin, which leads to what it measures', () => {
  const air = sensorOf();
  show([air, sensorOf({ key: 'nowhere', position: undefined })]);
  expect(root.querySelectorAll('.pin')).toHaveLength(1);
  root.querySelector<HTMLElement>('.card')!.click();
  expect(chosen).toEqual([air]);
});

it('says value, word and age, and marks what is stale', () => {
  show([sensorOf()], THEN_US + 30e6);
  for (const words of ['12.5 µg/m³', 'moderate', '30 seconds ago']) expect(root.textContent).toContain(words);
  expect(root.querySelector('.doubtful')).toBeNull();
  pins.texts(THEN_US + 90e6);
  expect(root.querySelector('.doubtful')?.textContent).toContain('no news since');
});

it('marks what isn’t plausible, and says since when', () => {
  const air = sensorOf({}, { quality: 1 });
  show([air]);
  air.reading = { value: 900, timeUs: THEN_US + 3600e6, quality: 1 };
  pins.texts(THEN_US + 3600e6);
  const clock = new Date(THEN_US / 1000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  expect(root.querySelector('.doubtful')?.textContent).toContain(`not plausible since ${clock}`);
});

it('says nothing against a value before which others were missing', () => {
  show([sensorOf({}, { quality: 32 })]);
  expect(root.querySelector('.doubtful')).toBeNull();
  expect(root.textContent).toContain('just now');
});

it('says once, and quietly, what is simulated', () => {
  show([sensorOf({ reality: 'simulated' })]);
  expect(root.querySelector('.age')?.textContent).toMatch(/^simulated/);
  show([sensorOf({ key: 'b', reality: 'simulated', name: 'Fine dust (simulated)' })]);
  expect(root.querySelector('.age')?.textContent).toMatch(/^simulated/);
  expect(root.querySelector('.name')?.textContent).toBe('Fine dust');
});

it('has one pin for all of a thing, with the value that weighs most', () => {
  const heat = sensorOf({ id: 2, key: 'heat', thing: 'box', observed_property: 'Heat', unit: 'kW' });
  show([heat, sensorOf({ thing: 'box' })]);
  expect(root.querySelectorAll('.pin')).toHaveLength(1);
  expect(root.textContent).toContain('µg/m³');
  expect(root.textContent).toContain('and 1 more');
  layers.set(layers.all[0].name, false);
  pins.show(standsOf(layers.all), HERE);
  pins.texts(THEN_US);
  expect(root.textContent).toContain('kW');
});

it('has one pin for all things at one place, so that none hides another', () => {
  const place = { position: [3, 40, 2] as const };
  show([sensorOf({ ...place, thing: 'dust' }), sensorOf({ ...place, id: 2, key: 'no2', thing: 'gas', observed_property: 'NO2' }), sensorOf({ id: 3, key: 'far', position: [3, 45, 2], thing: 'far' })]);
  expect([...root.querySelectorAll('.name')].map(({ textContent }) => textContent)).toEqual(['Fine dust and 1 more', 'Fine dust']);
});

it('says the day of what is older than half a day', () => {
  show([sensorOf()], THEN_US + 11 * 3600e6);
  expect(root.textContent).toMatch(/no news since \d\d:\d\d$/);
  pins.texts(THEN_US + 700 * 24 * 3600e6);
  const day = new Date(THEN_US / 1000).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
  expect(root.textContent).toContain(`no news since ${day}`);
});

it('makes no more pins than a page bears, and those for what is nearest', () => {
  const many = Array.from({ length: 200 }, (_, i) => sensorOf({ id: i, key: `air-${i}`, name: `Air ${i}`, position: [0, 300 - i, 0] }));
  show(many);
  expect(root.querySelectorAll('.pin')).toHaveLength(MOST_PINS);
  expect(root.textContent).toContain('Air 199');
  expect(root.textContent).not.toContain('Air 7 ');
});

it('shows its steps as wide as each other, and the mark in the right one', () => {
  const scale = styleOf(RULE).scale!;
  expect(scaleImage(scale).match(/%/g)).toHaveLength(6);
  expect([0, 5, 10, 24.99, 25, 50, 900].map((value) => Math.floor(3 * Math.min(0.999, markOf(scale, value))))).toEqual([0, 0, 1, 1, 2, 2, 2]);
  expect(markOf({ ...scale, steps: [] }, 25)).toBe(0.5);
});

it('in the past a pin says of what time its value is, and not how long ago that was', () => {
  show([sensorOf({}, { isPast: true })], THEN_US);
  const age = root.querySelector('.age')!.textContent;
  expect(age).toMatch(/^at \d\d:\d\d$/);
});
