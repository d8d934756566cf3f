import { expect, it } from 'vitest';

import { memoryCap, type DeviceProfile } from '../../src/core/profile';

const PROFILE = { memoryBytes: 64 * 1024 * 1024 } as DeviceProfile;

it.each([
  ['', 64],
  ['?memory=3', 3],
  ['?memory=0.5', 0.5],
  ['?memory=100', 64],
  ['?memory=0', 64],
  ['?memory=much', 64],
])('an address that ends in "%s" lets a device of 64 MiB hold %d MiB', (search, mebibytes) => {
  expect(memoryCap(PROFILE, search)).toBe(mebibytes * 1024 * 1024);
});
