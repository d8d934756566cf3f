/** Asks the server what a datastream said in a time (docs/contract/http.md, "Observations"). */
import { asFields, numbers, ProtocolError, type Fields } from '../protocol/fields';
import type { Series } from './series';

/** Milliseconds since 1970 UTC, from `fromMs` to before `toMs`. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** @param key of the datastream. */
export function observationsUrl(scene: string, key: string, { fromMs, toMs }: Span, more: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams({ datastream: key, from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), ...more });
  return `/scenes/${encodeURIComponent(scene)}/observations?${query}`;
}

/**
 * By steps of `stepS` seconds.
 *
 * @throws where the server can't be reached, refuses, or answers something else.
 */
export async function fetchSeries(url: string, stepS: number, signal: AbortSignal): Promise<Series> {
  const response = await fetch(url, { signal, headers: { Accept: 'application/json' } });
  if (!response.ok) throw new ProtocolError(`the server answered ${response.status}`);
  return readSeries(await response.json(), stepS);
}

/** @throws ProtocolError where columns are missing, or not of one length. */
export function readSeries(body: unknown, stepS: number): Series {
  const fields = asFields(body, 'observations');
  const times = numbers(fields, 'times').map((ms) => ms / 1000);
  const column = (key: string): number[] => numbers(fields, key, times.length);
  return { stepS, times, low: column('low'), high: column('high'), mean: column('mean'), count: column('count'), quality: qualities(fields, times.length) };
}

function qualities(fields: Fields, length: number): number[] {
  return numbers(fields, 'quality', length);
}
