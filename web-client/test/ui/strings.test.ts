import { expect, it } from 'vitest';

import { formatNumber, plainLabel, strings } from '../../src/ui/strings';

it.each([
  ['storeysAboveGround', 'Storeys above ground'],
  ['measuredHeight.uom', 'Measured height uom'],
  ['function', 'Function'],
  ['GE_LoD1_zOffset', 'GE LoD1 zOffset'],
  ['TRAUH', 'TRAUH'],
])('writes %s as %s', (name, label) => expect(plainLabel(name)).toBe(label));

it('writes numbers without noise', () => {
  expect(formatNumber(0.1 + 0.2)).toBe('0.3');
  expect(formatNumber(49_060)).toBe('49,060');
  expect(formatNumber(-0)).toBe('0');
});

it('tells ages as people do', () => {
  expect(strings.ago(2)).toBe('just now');
  expect(strings.ago(61)).toBe('61 seconds ago');
  expect(strings.ago(600)).toBe('10 minutes ago');
});

it('tells in plain words that a city is still being made', () => {
  const reading = strings.making({ t: 'making', state: 'reading', done: 0.404, message: '' }, true);
  expect(reading).toBe('The city is still being read: 40 %. You see a part of it, in rough shapes.');
  expect(strings.making({ t: 'making', state: 'failed', done: 0, message: 'It could not be read.' }, true)).toBe('It could not be read.');
  const before = strings.making({ t: 'making', state: 'writing', done: 0.5, message: '' }, false);
  expect(before).toBe('The city has been read and is being built: 50 %. It appears here by itself.');
});
