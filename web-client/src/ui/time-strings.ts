/** What people read who look at the past and at charts: with the code for that. */
import { formatNumber } from './strings';

const DAY_MS = 86_400_000;

/** What speaks against values, in a sentence. */
const TROUBLES = {
  stale: 'no news',
  stuck: 'the value did not move: the sensor may be stuck',
  implausible: 'values that can hardly be true',
  spike: 'a single value far from the others',
  drift: 'drifts away from its neighbours',
  clock: 'the sensor’s clock was wrong',
};

export const timeStrings = {
  tool: 'Look back',
  bar: 'Look back in time',
  day: 'Day',
  clock: 'Time of this day',
  otherDay: 'Another day…',
  chooseDay: 'Which day',
  live: 'Back to now',
  isLive: 'You see what is now.',
  close: ['×', 'Close, and back to now'] as const,
  /** What is read and what is spoken: the second holds the first. */
  hourBack: ['−1 h', '−1 h, one hour back'] as const,
  hourOn: ['+1 h', '+1 h, one hour on'] as const,
  play: 'Play',
  pause: 'Pause',
  speed: 'How fast time goes',
  speeds: [
    [1, 'As fast as life'],
    [60, 'A minute a second'],
    [600, 'Ten minutes a second'],
    [3600, 'An hour a second'],
  ] as const,
  /** The moment that is looked at, and that it is over. */
  past: (momentMs: number, nowMs: number) => `${momentWords(momentMs, nowMs)}, not now`,
  fetching: 'The past is being fetched…',
  nothing: 'Nothing was recorded then.',
  failed: 'The past could not be fetched.',
  headset: { back: '− 1 hour', dayBack: '− 1 day', on: '+ 1 hour', now: 'Now', isLive: 'Live: what is now' },

  history: 'History',
  historyOf: (name: string) => `History of ${name}`,
  ranges: { day: 'Last day', week: 'Last week', month: 'Last month' },
  range: 'How far back',
  chart: (name: string, range: string) => `${name}, ${range.toLowerCase()}. Arrow keys walk along the values.`,
  closeChart: 'Close',
  loading: 'The values are being fetched…',
  noHistory: 'Nothing was recorded in this time.',
  historyFailed: 'The values could not be fetched.',
  tryAgain: 'Try again',
  table: 'As a table',
  columns: ['From', 'Mean', 'Lowest', 'Highest'] as const,
  said: 'Remarks',
  csv: 'Download as CSV',
  key: 'Line: mean. Shade: from the lowest to the highest value.',
  eachStep: (seconds: number) => `Each point sums up ${duration(seconds)}.`,
  point: (value: string, low: string, high: string) => (low === high ? value : `${value} on average, from ${low} to ${high}`),
  troubles: TROUBLES,
  shortTroubles: { stale: 'no news', stuck: 'stuck', implausible: 'not plausible', spike: 'spike', drift: 'drift', clock: 'clock wrong' },
  hatched: (kind: keyof typeof TROUBLES) => `Hatched: ${TROUBLES[kind]}.`,
  between: (low: string, high: string) => `From ${low} to ${high}.`,
  /** The day is said once where both are of one. */
  spanned: (from: string, to: string, what: string) => `${from} to ${to.startsWith(from.slice(0, -5)) ? to.slice(-5) : to}: ${what}`,
  /** Three figures tell enough of what is summed up. */
  value: (value: number, unit: string) => `${formatNumber(Math.abs(value) < 1000 ? Number(value.toPrecision(3)) : Math.round(value))} ${unit}`.trim(),
};

/** `Today`, `Yesterday`, `Friday 20 November`; by the calendar of this device. */
export function dayWord(ms: number, nowMs: number): string {
  const back = Math.round((startOfDay(nowMs) - startOfDay(ms)) / DAY_MS);
  if (back === 0) return 'Today';
  if (back === 1) return 'Yesterday';
  return new Date(ms).toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long', ...(back > 300 && { year: 'numeric' }) });
}

/** `Yesterday, 03:10` */
export function momentWords(ms: number, nowMs: number): string {
  return `${dayWord(ms, nowMs)}, ${clock(ms)}`;
}

/** `03:10` */
export function clock(ms: number): string {
  return new Date(ms).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

/** The midnight that the day began with, by the calendar of this device. */
export function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

function duration(seconds: number): string {
  const of = (count: number, one: string): string => (count === 1 ? `one ${one}` : `${formatNumber(count)} ${one}s`);
  if (seconds < 60) return of(seconds, 'second');
  if (seconds < 3600) return of(seconds / 60, 'minute');
  if (seconds < 86_400) return of(seconds / 3600, 'hour');
  return of(seconds / 86_400, 'day');
}
