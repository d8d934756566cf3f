import { expect, it } from 'vitest';

import { createHour } from '../../src/city/hour';

const NIGHT_MS = Date.UTC(2026, 10, 21, 3, 10);

function created() {
  const nights: number[] = [];
  const hour = createHour({ wanted: '2026-06-21T12:00Z', nowMs: () => 0, light: ({ night }) => nights.push(night), changed: () => undefined });
  hour.arrive({ lon: 0, lat: 52 });
  return { hour, night: () => nights.at(-1) };
}

it('shows another moment, and then the hour that was shown before', () => {
  const { hour, night } = created();
  hour.visit(NIGHT_MS);
  expect([hour.minute, hour.month, night()]).toEqual([190, 10, 1]);
  hour.visit(NIGHT_MS + 60_000);
  expect(hour.minute).toBe(191);
  hour.visit(undefined);
  expect([hour.minute, hour.month, night()]).toEqual([720, 5, 0]);
});

it('stays at its hour where nobody was elsewhere', () => {
  const { hour } = created();
  hour.visit(undefined);
  expect(hour.minute).toBe(720);
});
