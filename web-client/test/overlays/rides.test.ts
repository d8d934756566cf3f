import { expect, it } from 'vitest';

import { lineOf } from '../../src/overlays/plates';
import { createRides } from '../../src/overlays/rides';
import type { Mover } from '../../src/overlays/sensors';
import { PLAIN } from '../../src/overlays/style';
import { BODIES, createBodyShape } from '../../src/overlays/vehicle-shape';
import { liveryOf } from '../../src/overlays/vehicles';

const T0 = 1e12;

function mover(atMs: number, x: number, more: Partial<NonNullable<Mover['fix']>> = {}): Mover {
  const info = { id: 1, key: 'tram-2', name: 'Tram 2', stale_after_s: 20, reality: 'simulated', licence: '', attribution: '' };
  return { info, fix: { x, y: 0, z: 4, heading: Math.PI / 2, speed: 8, timeUs: (T0 + atMs) * 1000, ...more } };
}

function created() {
  return createRides({ styleOf: () => ({ ...PLAIN, look: 'vehicle', body: 'tram' }), groundAt: () => 7 });
}

it('drives on along its heading, east here', () => {
  const rides = created();
  rides.tell([mover(0, 10)], T0);
  expect(rides.advance(T0 + 1000, () => true)).toBe(true);
  const { way, body, shown } = rides.all.get('tram-2')!;
  for (const [i, c] of [18, 4, 0].entries()) expect([way.x, way.y, way.z][i]).toBeCloseTo(c, 6);
  expect([body, shown]).toEqual(['tram', 1]);
});

it('asks for no frames where nobody sees it', () => {
  const rides = created();
  rides.tell([mover(0, 10)], T0);
  expect(rides.advance(T0 + 1000, () => false)).toBe(false);
});

it('stands on the ground where nobody says how high it is', () => {
  const rides = created();
  rides.tell([mover(0, 10, { z: NaN })], T0);
  expect(rides.all.get('tram-2')!.way.y).toBe(7);
});

it('is drawn faintly when news is late, and then not at all', () => {
  const rides = created();
  rides.tell([mover(0, 10)], T0);
  rides.tell([mover(0, 10)], T0 + 11_000);
  expect(rides.all.get('tram-2')!.shown).toBeLessThan(1);
  rides.tell([mover(0, 10)], T0 + 21_000);
  expect(rides.all.size).toBe(0);
});

it('is where it was when one looks at an earlier moment', () => {
  const rides = created();
  rides.tell([mover(60_000, 400)], T0 + 60_000);
  rides.tell([mover(0, 10)], T0);
  expect(rides.all.get('tram-2')!.way.x).toBe(10);
});

it('reads the number of the line out of a name', () => {
  expect(['Tram 2', 'Line 12', 'Bus M41 (simulated)', 'U8', 'Harbour Tram', 'Ferry F1'].map(lineOf)).toEqual(['2', '12', 'M41', 'U8', '', 'F1']);
  expect(liveryOf('2')).toBe(liveryOf('2'));
});

it('every body stands on the ground, faces north, and has few faces', () => {
  for (const body of BODIES) {
    const shape = createBodyShape(body);
    shape.computeBoundingBox();
    const { min, max } = shape.boundingBox!;
    expect(Math.abs(min.x + max.x)).toBeLessThan(0.01);
    expect(max.z - min.z).toBeGreaterThan(2 * (max.x - min.x));
    expect(min.y).toBeLessThan(0.5);
    expect(shape.getAttribute('position').count / 3).toBeLessThan(400);
  }
});
