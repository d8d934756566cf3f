/** A datastream by steps of equal length: what a chart shows of it, and what speaks against its values. */

/** Columns of equal length, oldest first; steps without a value are absent. */
export interface Series {
  readonly stepS: number;
  /** Where steps begin, seconds since 1970 UTC. */
  readonly times: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly mean: readonly number[];
  readonly count: readonly number[];
  /** Bits of `Quality` in server/citiverse_server/overlays/model.py. */
  readonly quality: readonly number[];
}

export type TroubleKind = 'stale' | 'stuck' | 'implausible' | 'spike' | 'drift' | 'clock';

/** From when until when something speaks against the values; seconds since 1970 UTC. */
export interface Trouble {
  readonly kind: TroubleKind;
  readonly from: number;
  readonly to: number;
}

/** How long ago values may be and still count as news, seconds; and what time it is. */
export interface Freshness {
  readonly staleAfterS: number;
  readonly nowS: number;
}

const BITS: readonly (readonly [TroubleKind, number])[] = [
  ['implausible', 1],
  ['stuck', 2],
  ['spike', 4],
  ['drift', 8],
  ['clock', 16],
];
const STEPS_S = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];
/** Points closer than this can't be told apart. */
const PX_PER_POINT = 3;

/** The shortest step of those that people count in with which points can be told apart. */
export function stepFor(spanS: number, widthPx: number, periodS: number): number {
  const shortest = Math.max(periodS, (spanS * PX_PER_POINT) / Math.max(widthPx, 1));
  return STEPS_S.find((step) => step >= shortest) ?? STEPS_S[STEPS_S.length - 1];
}

/** Columns for a line: times in the middle of the steps, and null where there is no news in between. */
export interface Line {
  readonly times: number[];
  readonly low: (number | null)[];
  readonly high: (number | null)[];
  readonly mean: (number | null)[];
}

export function lineOf(series: Series, staleAfterS: number): Line {
  const { stepS, times } = series;
  const line: Line = { times: [], low: [], high: [], mean: [] };
  const patience = patienceOf(series, staleAfterS);
  times.forEach((time, i) => {
    if (i > 0 && time - times[i - 1] - stepS > patience) push(line, (times[i - 1] + time + stepS) / 2, null, null, null);
    push(line, time + stepS / 2, series.low[i], series.high[i], series.mean[i]);
  });
  return line;
}

function push(line: Line, time: number, low: number | null, high: number | null, mean: number | null): void {
  line.times.push(time);
  line.low.push(low);
  line.high.push(high);
  line.mean.push(mean);
}

/**
 * How long there may be no news: so long as it counts as news, and half again as long as is usual in here, as
 * what is old may be kept more thinly.
 */
function patienceOf({ times, stepS }: Series, staleAfterS: number): number {
  const pauses = times.slice(1).map((time, i) => time - times[i]).sort((a, b) => a - b);
  const usual = pauses.length < 2 ? 0 : pauses[(pauses.length - 1) >> 1];
  return Math.max(staleAfterS, usual * 1.5 - stepS);
}

/** What speaks against values, by kind and time; steps side by side are one. */
export function troublesOf(series: Series, { staleAfterS, nowS }: Freshness): Trouble[] {
  const { times, stepS, quality } = series;
  const found: Trouble[] = [];
  const patience = patienceOf(series, staleAfterS);
  for (let i = 1; i < times.length; i += 1) {
    if (times[i] - times[i - 1] - stepS > patience) found.push({ kind: 'stale', from: times[i - 1] + stepS, to: times[i] });
  }
  const end = times.length > 0 ? times[times.length - 1] + stepS : Infinity;
  if (nowS - end > patience) found.push({ kind: 'stale', from: end, to: nowS });
  for (const [kind, bit] of BITS) {
    let open: Trouble | undefined;
    times.forEach((from, i) => {
      if ((quality[i] & bit) === 0) return;
      const joins = open !== undefined && from - open.to <= stepS;
      if (open && joins) found.splice(found.indexOf(open), 1);
      open = { kind, from: open && joins ? open.from : from, to: from + stepS };
      found.push(open);
    });
  }
  return found.sort((a, b) => a.from - b.from);
}

/** A reading that has just come. */
export interface News {
  /** Seconds since 1970 UTC. */
  readonly timeS: number;
  readonly value: number;
  readonly quality: number;
}

/** One reading more: part of the last step, or the first of a new one; steps before `fromS` go. */
export function withReading(series: Series, { timeS, value, quality }: News, fromS: number): Series {
  const { stepS, times } = series;
  const begin = Math.floor(timeS / stepS) * stepS;
  const last = times.length - 1;
  if (last >= 0 && begin < times[last]) return series;
  const isNew = last < 0 || begin > times[last];
  const seen = isNew ? 0 : series.count[last];
  const old = times.filter((time) => time < fromS).length;
  const keep = isNew ? old : Math.min(old, last);
  const put = (column: readonly number[], next: (before: number) => number): number[] => {
    const kept = column.slice(keep);
    if (isNew) kept.push(next(NaN));
    else kept[kept.length - 1] = next(column[last]);
    return kept;
  };
  return {
    stepS,
    times: put(times, () => begin),
    low: put(series.low, (low) => (isNew ? value : Math.min(low, value))),
    high: put(series.high, (high) => (isNew ? value : Math.max(high, value))),
    mean: put(series.mean, (mean) => (isNew ? value : (mean * seen + value) / (seen + 1))),
    count: put(series.count, () => seen + 1),
    quality: put(series.quality, (before) => (isNew ? quality : before | quality)),
  };
}
