// @vitest-environment happy-dom
import { beforeEach, expect, it } from 'vitest';

import { createLayers, type Layers } from '../../src/overlays/layers';
import { createLegend } from '../../src/overlays/legend';
import { createLivePanel, type LivePanel } from '../../src/overlays/live-panel';
import type { Sensor } from '../../src/overlays/sensors';
import { createPanel, type Panel } from '../../src/ui/panel';
import { RULE, sensorOf, THEN_US } from '../fixtures/sensor';

const FAR = sensorOf({ id: 1, key: 'far', name: 'Air at the harbour', position: [0, 400, 0], reality: 'simulated' }, { value: 30 });
const NEAR = sensorOf({ id: 2, key: 'near', name: 'Air at the hall', position: [0, 50, 0] });
const HEAT = sensorOf({ id: 3, key: 'heat', name: 'Heat', observed_property: 'Heat', unit: 'kW', position: [0, 9, 0] });

let layers: Layers;
let panel: Panel;
let list: LivePanel;
let chosen: Sensor[];
let said: string[];

beforeEach(() => {
  document.body.replaceChildren();
  chosen = [];
  said = [];
  const rules = [RULE, { ...RULE, observed_property: 'Heat', look: 'surface', title: 'Warmth' }];
  panel = createPanel({ root: document.body, home: document.body, closed: () => undefined, serverNow: () => THEN_US, rules: () => rules });
  layers = createLayers(() => list?.update());
  layers.update([FAR, NEAR, HEAT], rules);
  const viewer = { x: 0, y: 0, z: 0, yaw: 0 };
  list = createLivePanel({ panel, layers, viewer, rules: () => rules, rides: () => [], announce: (text) => said.push(text), chosen: (sensor) => chosen.push(sensor) });
  list.open();
});

const names = (): string[] => [...document.querySelectorAll('.near-name')].map(({ textContent }) => textContent!);
const boxes = (): HTMLInputElement[] => [...document.querySelectorAll<HTMLInputElement>('input[type=checkbox]')];

it('tells what is near in words, nearest first, with source and licence', () => {
  expect(names()).toEqual(['Air at the hall', 'Air at the harbour']);
  const [near, far] = [...document.querySelectorAll('.live-near > li')].map(({ textContent }) => textContent);
  for (const words of ['50 metres, ahead', '12.5 µg/m³', 'moderate', 'just now', 'City of Ellerhaven (CC0-1.0)']) expect(near).toContain(words);
  for (const words of ['poor', 'simulated']) expect(far).toContain(words);
});

it('doesn’t claim that what has no place is here', () => {
  layers.update([sensorOf({ id: 4, key: 'river', name: 'The river', position: undefined }), FAR], [RULE]);
  expect(names()).toEqual(['Air at the harbour', 'The river']);
  expect(document.querySelector('.live-near > li:last-child .where')?.textContent).toBe('nobody says where');
});

it('leads to what a sensor is about', () => {
  document.querySelector<HTMLElement>('button.near-name')!.click();
  expect(chosen).toEqual([NEAR]);
});

it('lets one choose what to see, and says what has changed', () => {
  expect(boxes().map(({ checked }) => checked)).toEqual([true, false]);
  boxes()[1].click();
  expect(layers.all[1].on).toBe(true);
  expect(names()[0]).toBe('Heat');
  expect(said).toEqual(['Warmth is shown.']);
  [...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Show nothing')!.click();
  expect(layers.all.some(({ on }) => on)).toBe(false);
  expect(names()).toEqual([]);
  expect(document.querySelector('.panel')?.textContent).toContain('Nothing that you chose to see is near.');
});

it('says once that all is simulated, and else of what', () => {
  const choices = (): string[] => [...document.querySelectorAll('.live-choice')].map(({ textContent }) => textContent!);
  expect(choices()).toEqual(['Fine dust (simulated) (2)', 'Warmth (1)']);
  layers.update([FAR], [RULE]);
  expect(choices()).toEqual(['Fine dust (1)']);
  expect(document.querySelector('.panel')?.textContent).toContain('All of this is simulated.');
});

it('keeps the focus where it is while values come', () => {
  const button = document.querySelectorAll<HTMLElement>('button.near-name')[1];
  button.focus();
  panel.tick(THEN_US + 30e6);
  expect(document.activeElement).toBe(button);
  expect(button.closest('li')?.textContent).toContain('30 seconds ago');
});

it('the legend tells of what is seen and has colours, in words', () => {
  const legend = createLegend();
  legend.show(layers.all);
  const text = legend.root.textContent!;
  for (const words of ['Fine dust (simulated)', 'good', 'moderate', 'poor', 'Striped']) expect(text).toContain(words);
  expect(text).not.toContain('Warmth');
  layers.setAll(false);
  legend.show(layers.all);
  expect(legend.root.hidden).toBe(true);
});
