import { expect, it } from 'vitest';

import { featureKey } from '../../src/variants/key';

it('is CRC-32, whose check value is published', () => {
  expect(featureKey('123456789')).toBe(0xcbf43926);
});

it('goes by the bytes of UTF-8', () => {
  expect(featureKey('town/Größe')).not.toBe(featureKey('town/Grosse'));
  expect(featureKey('')).toBe(0);
});
