import { Vector3 } from 'three';
import { expect, test } from 'vitest';

import { worldFromEcef } from '../../src/foreign/globe';

/** As PROJ has it: cart and topocentric on WGS 84, for 9.5° E, 54.8° N. */
const ORIGIN = { lon: 9.5, lat: 54.8 };
const ORIGIN_ECEF = new Vector3(3_634_274.1347, 608_168.9158, 5_188_581.4189);

test('the origin of the scene is the middle of the world frame', () => {
  expect(ORIGIN_ECEF.clone().applyMatrix4(worldFromEcef(ORIGIN)).length()).toBeLessThan(0.001);
});

test('what is above the origin on the globe is above it in the world', () => {
  const above = new Vector3(0, 0, 6_356_752.3142 + 100).applyMatrix4(worldFromEcef({ lon: 0, lat: 90 }));
  expect(above.distanceTo(new Vector3(0, 100, 0))).toBeLessThan(0.001);
});

test('the pole lies to the north', () => {
  const north = new Vector3(0, 0, 6_356_752).applyMatrix4(worldFromEcef(ORIGIN));
  expect(north.z).toBeLessThan(0);
  expect(Math.abs(north.x)).toBeLessThan(0.001);
});
