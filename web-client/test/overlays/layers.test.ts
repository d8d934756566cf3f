import { expect, it } from 'vitest';

import { createLayers, VEHICLES } from '../../src/overlays/layers';
import { RULE, sensorOf } from '../fixtures/sensor';

const HEAT = sensorOf({ id: 2, key: 'heat', observed_property: 'Heat', unit: 'kW', reality: 'simulated' });
const NOISE = sensorOf({ id: 3, key: 'noise', observed_property: 'Noise', unit: 'dB(A)' });
const RULES = [{ ...RULE, observed_property: 'Noise', look: 'column', title: 'Loudness' }, RULE];

function created() {
  let changes = 0;
  const layers = createLayers(() => (changes += 1));
  layers.update([HEAT, sensorOf(), NOISE], RULES);
  return { layers, changes: () => changes };
}

it('puts together what looks alike, in the order of the rules', () => {
  const { layers } = created();
  expect(layers.all.map(({ title, style, unit }) => [title, style.look, unit])).toEqual([
    ['Loudness', 'column', 'dB(A)'],
    ['Fine dust', 'pin', 'µg/m³'],
    ['Heat', 'pin', 'kW'],
  ]);
  expect(layers.all[2].realities).toEqual(['simulated']);
});

it('asks for everything as long as everything is shown, and then for what is', () => {
  const { layers } = created();
  expect(layers.wanted).toEqual({ properties: undefined, movers: true });
  layers.set(layers.all[1].name, false);
  expect(layers.wanted).toEqual({ properties: ['Noise', 'Heat'], movers: true });
  layers.set(VEHICLES, false);
  expect(layers.wanted.movers).toBe(false);
});

it('switches all off, and on again', () => {
  const { layers } = created();
  layers.setAll(false);
  expect(layers.all.some(({ on }) => on)).toBe(false);
  expect(layers.wanted).toEqual({ properties: [], movers: false });
  layers.setAll(true);
  expect(layers.wanted).toEqual({ properties: undefined, movers: true });
});

it('colours buildings only where one wants it, and with one thing at a time', () => {
  const { layers } = created();
  layers.update([HEAT, NOISE, sensorOf()], [...RULES, { ...RULE, observed_property: 'Heat', look: 'surface' }, { ...RULE, observed_property: 'Noise', look: 'surface' }].reverse());
  const on = (): string[] => layers.all.filter((layer) => layer.on).map(({ unit }) => unit);
  expect(on()).toEqual(['µg/m³']);
  expect(layers.wanted.properties).toEqual(['PM2.5']);
  for (const name of layers.all.map((layer) => layer.name)) layers.set(name, true);
  expect(on()).toEqual(['kW', 'µg/m³']);
  layers.setAll(true);
  expect(on()).toEqual(['dB(A)', 'µg/m³']);
});

it('leaves off what was off where sensors come and go', () => {
  const { layers, changes } = created();
  layers.set(layers.all[0].name, false);
  layers.update([NOISE, sensorOf({ id: 9, key: 'noise-2', observed_property: 'Noise' })], RULES);
  expect(layers.all.map(({ on, sensors }) => [on, sensors.length])).toEqual([[false, 2]]);
  expect(changes()).toBe(3);
});

it('knows what moves by its key', () => {
  const { layers } = created();
  layers.update([], [{ ...RULE, observed_property: '', key: 'tram-*', look: 'vehicle', body: 'tram' }]);
  expect(layers.styleOfMover('tram-2').body).toBe('tram');
  expect(layers.styleOfMover('other').body).toBe('bus');
});
