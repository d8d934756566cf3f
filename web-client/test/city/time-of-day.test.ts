import { describe, expect, it } from 'vitest';

import { atSolarMinute, clockText, defaultTime, parseTime, solarMinute, solarMonth } from '../../src/city/time-of-day';

const TOWN = { lon: 9.75, lat: 54.5 };

describe('a time in the address', () => {
  it('is solar time of the place where it names no offset', () => {
    expect(parseTime('2026-06-21T05:10', TOWN, 0)).toBe(Date.UTC(2026, 5, 21, 5, 10) - 39 * 60_000);
  });
  it('is absolute with one', () => {
    expect(parseTime('2026-06-21T05:10+02:00', TOWN, 0)).toBe(Date.UTC(2026, 5, 21, 3, 10));
    expect(parseTime('2026-06-21T05:10:30Z', TOWN, 0)).toBe(Date.UTC(2026, 5, 21, 5, 10, 30));
  });
  it('can be now', () => expect(parseTime('now', TOWN, 1234)).toBe(1234));
  it.each(['', 'noon', '2026-13-40T99:99', '2026-06-21', '12:00', '2026-06-21T05:10 '])('is refused as "%s"', (text) =>
    expect(parseTime(text, TOWN, 0)).toBeUndefined(),
  );
});

it('begins on an early summer afternoon on both halves of the earth', () => {
  for (const [lat, month] of [[54, 5], [-34, 11]]) {
    const place = { lon: 151, lat };
    expect(solarMinute(defaultTime(place), place)).toBeCloseTo(15.5 * 60);
    expect(solarMonth(defaultTime(place), place)).toBe(month);
  }
});

it('keeps the day when the minute changes', () => {
  const late = atSolarMinute(defaultTime(TOWN), TOWN, 1439);
  expect(solarMinute(late, TOWN)).toBeCloseTo(1439);
  expect(late - defaultTime(TOWN)).toBe((1439 - 930) * 60_000);
});

it.each([
  [0, '00:00'],
  [930, '15:30'],
  [1439.9, '23:59'],
  [1440, '00:00'],
])('says %d as %s', (minute, text) => expect(clockText(minute)).toBe(text));
