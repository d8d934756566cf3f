/** What a chart of a datastream shows: a range of the past, what speaks against values, and what they mean. */
import type { Datastream, StyleRule } from '../protocol/messages';
import { limitsOf, type Limit } from './limits';
import { fetchSeries, observationsUrl, type Span } from './observations';
import { stepFor, troublesOf, withReading, type Freshness, type Series, type Trouble } from './series';
import type { Reading } from '../overlays/sensors';

export type Range = 'day' | 'week' | 'month';

export const RANGES: readonly Range[] = ['day', 'week', 'month'];

export interface Content {
  readonly series: Series;
  readonly span: Span;
  readonly troubles: readonly Trouble[];
  readonly unit: string;
  readonly limits: readonly Limit[];
  readonly freshness: Freshness;
}

export interface Asked {
  readonly scene: string;
  readonly datastream: Datastream;
  /** How values look in this city, and what they mean. */
  readonly rules: readonly StyleRule[];
  readonly range: Range;
  /** The moment that the range ends with. */
  readonly toMs: number;
  readonly widthPx: number;
}

const DAY_MS = 86_400_000;
const LENGTHS_MS: Readonly<Record<Range, number>> = { day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS };

/** @throws where it can't be had. */
export async function fetchContent({ scene, datastream, rules, range, toMs, widthPx }: Asked, signal: AbortSignal): Promise<Content> {
  const span = spanOf(range, toMs);
  const stepS = stepFor((span.toMs - span.fromMs) / 1000, widthPx, datastream.period_s);
  const url = observationsUrl(scene, datastream.key, span, { step: String(stepS) });
  return contentOf(await fetchSeries(url, stepS, signal), span, datastream, limitsOf(rules, datastream));
}

/** The same with a reading that has come since. */
export function withNews(content: Content, range: Range, datastream: Datastream, { timeUs, value, quality }: Reading): Content {
  const span = spanOf(range, Math.max(content.span.toMs, timeUs / 1000));
  const series = withReading(content.series, { timeS: timeUs / 1e6, value, quality }, span.fromMs / 1000);
  return contentOf(series, span, datastream, content.limits);
}

function spanOf(range: Range, toMs: number): Span {
  return { fromMs: toMs - LENGTHS_MS[range], toMs };
}

function contentOf(series: Series, span: Span, { unit, stale_after_s: staleAfterS }: Datastream, limits: readonly Limit[]): Content {
  const freshness = { staleAfterS, nowS: span.toMs / 1000 };
  return { series, span, troubles: troublesOf(series, freshness), unit, limits, freshness };
}
