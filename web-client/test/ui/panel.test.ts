// @vitest-environment happy-dom
import { beforeEach, expect, it } from 'vitest';

import type { Feature } from '../../src/pick/feature';
import { createPanel, type Panel } from '../../src/ui/panel';
import { sensorOf } from '../fixtures/sensor';

const HOUSE: Feature = {
  id: 'town/house-1',
  className: 'BuildingPart',
  name: '12054 01',
  address: '1 Quay',
  parent: 'town/hall',
  reality: 'imagined',
  attributes: [
    { label: 'measuredHeight', value: 12.5 },
    { label: 'measuredHeight.uom', value: 'urn:ogc:def:uom:UCUM::m' },
    { label: 'address.Locality.LocalityName', value: 'Harbour' },
    { label: 'remark', value: '' },
    { label: 'yearOfConstruction', value: 1742 },
  ],
};
const HALL: Feature = { ...HOUSE, id: 'town/hall', name: 'Town hall', parent: '', attributes: [{ label: 'roofType', value: 'flat' }] };

let home: HTMLElement;
let panel: Panel;
let closed: number;

beforeEach(() => {
  document.body.replaceChildren();
  closed = 0;
  const opener = document.createElement('button');
  document.body.append(opener);
  opener.focus();
  home = document.body.appendChild(document.createElement('button'));
  panel = createPanel({ root: document.body, home, closed: () => (closed += 1), serverNow: () => 0, rules: () => [] });
});

const text = (): string => document.querySelector('.panel')?.textContent ?? '';

it('tells about a part, and what its building says', async () => {
  await panel.feature(HOUSE, HALL, []);
  expect(document.querySelector('h2')?.textContent).toBe('Town hall');
  for (const words of ['Building part', 'town/house-1', 'Measured height', '12.5 metres', '1 Quay', 'Roof type', 'Invented']) {
    expect(text()).toContain(words);
  }
});

it('leaves out what says nothing or says it twice', async () => {
  await panel.feature(HOUSE, undefined, []);
  for (const words of ['uom', 'Locality', 'Harbour', 'Remark', '1,742']) expect(text()).not.toContain(words);
  expect(document.querySelector('h2')?.textContent).toBe('1 Quay');
  expect(text().split('1 Quay')).toHaveLength(2);
});

it('is headed by the kind where there is neither name nor address, and says that what is measured is real', async () => {
  await panel.feature({ ...HOUSE, name: '', address: '', reality: 'measured' }, undefined, []);
  expect(document.querySelector('h2')?.textContent).toBe('Building part');
  expect(text()).toContain('RealityReal');
});

it('folds what only few want to know', async () => {
  const attributes = Array.from({ length: 12 }, (_, i) => ({ label: `note${i}`, value: i }));
  await panel.feature({ ...HOUSE, attributes: [...attributes, { label: 'storeysAboveGround', value: 3 }] }, undefined, []);
  const folded = document.querySelector('details')!;
  expect(folded.open).toBe(false);
  expect(folded.textContent).toContain('Note11');
  expect(folded.textContent).not.toContain('Storeys above ground');
  expect(text()).toContain('Storeys above ground');
});

it('unfolds where there is nothing else to tell, and folds numbers of code lists', async () => {
  await panel.feature({ ...HOUSE, attributes: [{ label: 'roofType', value: '3200' }] }, undefined, []);
  expect(document.querySelector('details')?.open).toBe(true);
  expect(document.querySelector('details')?.textContent).toContain('3200');
});

it('gives the focus to the city where nothing had it', () => {
  (document.activeElement as HTMLElement).blur();
  panel.help();
  panel.close();
  expect(document.activeElement).toBe(home);
});

it('takes the focus, and gives it back on Escape', async () => {
  const opener = document.activeElement;
  await panel.feature(HOUSE, undefined, []);
  expect(document.activeElement?.id).toBe('panel-heading');
  document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
  expect(panel.isOpen).toBe(false);
  expect(document.activeElement).toBe(opener);
  expect(closed).toBe(1);
});

it('renews the age of a live value, and says since when there is no news', async () => {
  await panel.feature(HOUSE, undefined, [sensorOf({ feature: HOUSE.id, unit: '°C', reality: 'simulated' }, { value: 21 })]);
  panel.tick(1e15 + 30e6);
  expect(text()).toContain('21 °C');
  expect(text()).toContain('30 seconds ago');
  panel.tick(1e15 + 90e6);
  expect(text()).toContain('no news since');
  expect(document.querySelector('.doubtful')).not.toBeNull();
  for (const words of ['simulated', 'City of Ellerhaven (CC0-1.0)']) expect(text()).toContain(words);
});

it('writes what a city says as text, never as markup', async () => {
  await panel.feature({ ...HOUSE, name: '<img src=x onerror=alert(1)>' }, undefined, []);
  expect(document.querySelector('img')).toBeNull();
});
