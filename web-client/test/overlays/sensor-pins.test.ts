// @vitest-environment happy-dom
import { PerspectiveCamera } from 'three';
import { beforeEach, expect, it } from 'vitest';

import { createPins } from '../../src/overlays/pins';
import { createSensorPins, type SensorPins } from '../../src/overlays/sensor-pins';
import type { Sensor } from '../../src/overlays/sensors';

const AIR: Sensor = {
  datastream: { id: 1, key: 'k', name: 'Air', observed_property: 't', unit: '°C', feature: 'town/1', position: [0, 100, 0], stale_after_s: 60 },
  reading: { value: 21.5, timeUs: 1e15 },
};

let root: HTMLElement;
let pins: SensorPins;
let chosen: Sensor[];

beforeEach(() => {
  root = document.createElement('div');
  chosen = [];
  const all = createPins({ root, controls: [], sight: { hidden: () => false } });
  pins = createSensorPins(all, (sensor) => chosen.push(sensor));
  pins.sensors([AIR, { ...AIR, datastream: { ...AIR.datastream, position: undefined } }]);
  all.arrange(new PerspectiveCamera(60, 1, 0.1, 1000), 400, 300, true);
});

it('only sensors with a place have a pin, which leads to what it measures', () => {
  expect(root.querySelectorAll('.pin')).toHaveLength(1);
  root.querySelector<HTMLElement>('.card')!.click();
  expect(chosen).toEqual([AIR]);
});

it('says value and age, and marks what is stale', () => {
  pins.texts(1e15 + 30e6);
  expect(root.textContent).toContain('21.5 °C');
  expect(root.textContent).toContain('30 seconds ago');
  pins.texts(1e15 + 90e6);
  expect(root.querySelector('.stale')?.textContent).toContain('no news since');
});
