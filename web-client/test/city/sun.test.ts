import { expect, it } from 'vitest';

import { directionOf, sunPosition } from '../../src/city/sun';

const DEGREE = 180 / Math.PI;

it('stands where NREL’s reference puts it', () => {
  // Reda & Andreas, "Solar Position Algorithm for Solar Radiation Applications" (NREL/TP-560-34302),
  // section A.5: 2003-10-17 12:30:30 at UTC−7, 105.1786° W, 39.742476° N; zenith 50.11162°, azimuth 194.34024°.
  const { elevation, azimuth } = sunPosition(Date.UTC(2003, 9, 17, 19, 30, 30), -105.1786, 39.742476);
  expect(90 - elevation * DEGREE).toBeCloseTo(50.11, 1);
  expect(azimuth * DEGREE).toBeCloseTo(194.34, 1);
});

it.each([
  ['June', 5, 23.44],
  ['December', 11, -23.44],
])('stands at noon of the solstice in %s as high as the tropic lets it', (_, month, declination) => {
  const noon = Date.UTC(2026, month, 21, 12);
  const highest = Math.max(
    ...Array.from({ length: 61 }, (__, i) => sunPosition(noon + (i - 30) * 60_000, 0, 50).elevation * DEGREE),
  );
  expect(highest).toBeCloseTo(40 + declination, 1);
});

it('points in the world frame: north is −z, east is x', () => {
  const [x, y, z] = directionOf({ elevation: 0, azimuth: Math.PI / 2 });
  expect([x, y, z].map((value) => Math.round(value * 1e6) + 0)).toEqual([1e6, 0, 0]);
  expect(directionOf({ elevation: 0.5, azimuth: 0 })[2]).toBeLessThan(0);
});
