import { expect, it } from 'vitest';

import { featureOfJson } from '../../src/pick/feature';

it('reads the one feature of the server’s answer', () => {
  const body = {
    features: [{ id: 't/a', class: 'Building', name: 'Hall', address: '', parent: '', reality: 'imagined', attributes: { roof: 'flat', n: 2, ok: true, deep: {} } }],
    more: false,
  };
  expect(featureOfJson(body)).toEqual({
    id: 't/a',
    className: 'Building',
    name: 'Hall',
    address: '',
    parent: '',
    reality: 'imagined',
    attributes: [
      { label: 'roof', value: 'flat' },
      { label: 'n', value: 2 },
      { label: 'ok', value: true },
    ],
  });
});

it('has nothing to tell of an empty answer', () => {
  expect(featureOfJson({ features: [] })).toBeUndefined();
});
