import { expect, it } from 'vitest';

import { readSeries } from '../../src/time/observations';
import { lineOf, stepFor, troublesOf, withReading, type Series } from '../../src/time/series';

/** Steps of a minute that begin at these minutes. */
function series(minutes: readonly number[], quality: readonly number[] = minutes.map(() => 0)): Series {
  const values = minutes.map((minute) => minute);
  return { stepS: 60, times: minutes.map((minute) => minute * 60), low: values.map((v) => v - 1), high: values.map((v) => v + 1), mean: values, count: minutes.map(() => 2), quality };
}

const FRESH = { staleAfterS: 120, nowS: 0 };

it.each([
  [86_400, 320, 0, 900],
  [86_400, 1600, 0, 300],
  [7 * 86_400, 320, 0, 7200],
  [30 * 86_400, 320, 0, 43_200],
  [86_400, 1600, 3600, 3600],
  [86_400, 0, 0, 86_400],
])('takes steps of a length that people know and the width can show', (spanS, widthPx, periodS, stepS) => {
  expect(stepFor(spanS, widthPx, periodS)).toBe(stepS);
});

it('leaves the line open where there was no news', () => {
  const line = lineOf(series([0, 1, 2, 9]), 120);
  expect(line.mean).toEqual([0, 1, 2, null, 9]);
  expect(line.times).toEqual([30, 90, 150, 360, 570]);
});

it('keeps the line whole where news is late, but not overdue', () => {
  expect(lineOf(series([0, 1, 3]), 120).mean).toEqual([0, 1, 3]);
});

it('takes it for no gap where all of it is kept thinly', () => {
  const thin = series([0, 10, 20, 30, 60, 70]);
  expect(lineOf(thin, 120).mean).toEqual([0, 10, 20, 30, null, 60, 70]);
  expect(troublesOf(thin, { staleAfterS: 120, nowS: 4300 })).toEqual([{ kind: 'stale', from: 1860, to: 3600 }]);
});

it('says when there was no news, and that there is none till now', () => {
  expect(troublesOf(series([0, 1, 9]), { staleAfterS: 120, nowS: 1000 })).toEqual([
    { kind: 'stale', from: 120, to: 540 },
    { kind: 'stale', from: 600, to: 1000 },
  ]);
});

it('takes steps side by side with the same trouble for one', () => {
  const found = troublesOf(series([0, 1, 2, 3, 4], [0, 2, 2, 0, 2 | 1]), FRESH);
  expect(found).toEqual([
    { kind: 'stuck', from: 60, to: 300 },
    { kind: 'implausible', from: 240, to: 300 },
  ]);
});

it('takes a reading into the last step, or begins another, and lets go what is too old', () => {
  const before = series([0, 1, 2]);
  const same = withReading(before, { timeS: 170, value: 8, quality: 4 }, 0);
  expect([same.mean.at(-1), same.low.at(-1), same.high.at(-1), same.count.at(-1), same.quality.at(-1)]).toEqual([4, 1, 8, 3, 4]);
  const next = withReading(same, { timeS: 181, value: 5, quality: 0 }, 60);
  expect(next.times).toEqual([60, 120, 180]);
  expect(next.mean).toEqual([1, 4, 5]);
  expect(withReading(before, { timeS: 30, value: 7, quality: 0 }, 0)).toBe(before);
  expect(withReading(series([]), { timeS: 30, value: 7, quality: 0 }, 0).times).toEqual([0]);
});

it('reads columns of one length, and nothing else', () => {
  const body = { times: [0, 60_000], low: [1, 2], high: [2, 3], mean: [1.5, 2.5], count: [1, 1], quality: [0, 2] };
  expect(readSeries(body, 60).times).toEqual([0, 60]);
  expect(() => readSeries({ ...body, low: [1] }, 60)).toThrow('low');
  expect(() => readSeries([], 60)).toThrow();
});
