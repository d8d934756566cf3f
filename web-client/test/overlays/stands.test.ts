import { expect, it } from 'vitest';

import { titleOf } from '../../src/overlays/stands';
import { liveStrings } from '../../src/ui/live-strings';
import { sensorOf } from '../fixtures/sensor';

it('a list is called by its only sensor, and by none of several', () => {
  const dust = sensorOf({ name: 'Fine dust, crossing (simulated)', reality: 'simulated' });
  expect(titleOf([dust])).toBe('Fine dust, crossing');
  expect(titleOf([dust, sensorOf({ name: 'Noise, crossing' })])).toBe(liveStrings.here);
});
