import { describe, expect, it } from 'vitest';

import { skyOf, type Rgb } from '../../src/city/atmosphere';
import { daylightAt, luminance } from '../../src/city/daylight';

const DEGREE = Math.PI / 180;
const NOON = 720;
const at = (degrees: number, minute = NOON) => daylightAt({ elevation: degrees * DEGREE, azimuth: Math.PI }, minute);
const blueness = ([r, , b]: Rgb): number => b / r;

describe('a clear sky', () => {
  it('is blue by day, and its sun is redder the lower it stands', () => {
    expect(blueness(skyOf(50 * DEGREE).irradiance)).toBeGreaterThan(2);
    const suns = [60, 20, 5, 1].map((degrees) => blueness(skyOf(degrees * DEGREE).sun));
    expect(suns).toEqual([...suns].sort((a, b) => b - a));
    expect(suns[3]).toBeLessThan(0.1);
  });
  it('grows darker as the sun sinks, and lasts into dusk', () => {
    const light = [40, 10, 0, -4, -8, -14].map((degrees) => luminance(skyOf(degrees * DEGREE).irradiance));
    expect(light).toEqual([...light].sort((a, b) => b - a));
    expect(light[3]).toBeGreaterThan(0);
    expect(light[5]).toBeLessThan(1e-3);
  });
  it('has no light that is not a number', () => {
    for (let degrees = -90; degrees <= 90; degrees += 15) {
      const { air, haze } = skyOf(degrees * DEGREE);
      expect([...air, ...haze].every((value) => value >= 0 && Number.isFinite(value))).toBe(true);
    }
  });
});

describe('light', () => {
  it('changes in no jump through the whole day', () => {
    const seen = Array.from({ length: 121 }, (_, i) => {
      const { above, direct, caster, exposure } = at(i / 2 - 20);
      return (luminance(above) + luminance(direct) * Math.max(0, caster[1])) * exposure;
    });
    for (let i = 1; i < seen.length; i += 1) expect(Math.abs(Math.log(seen[i] / seen[i - 1]))).toBeLessThan(0.3);
  });
  it('always comes from above', () => {
    for (const degrees of [-60, -12, -5]) expect(at(degrees).caster[1]).toBeGreaterThan(0.2);
  });
  it('lights windows in the evening, few of them late at night, none by day', () => {
    expect(at(40).lit).toBe(0);
    expect(at(-10, 20 * 60).lit).toBeGreaterThan(0.4);
    expect(at(-30, 3 * 60).lit).toBeLessThan(0.1);
  });
});
