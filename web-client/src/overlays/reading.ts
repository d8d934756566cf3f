/** A sensor's value in words: the same on pins, in the panel and in the headset. */
import { liveStrings } from '../ui/live-strings';
import { formatClock, formatDay, formatNumber, strings } from '../ui/strings';
import { wordsOf } from './scale';
import { ageSeconds, isStale, type Sensor } from './sensors';
import type { Style } from './style';

export interface ReadingText {
  readonly value: string;
  /** What the value is called, "" where the style has no words. */
  readonly words: string;
  /** How old it is, in the past of when it is, or since when nothing has come, or what speaks against it, and since when. */
  readonly age: string;
  /** Stale, or something speaks against it. */
  readonly doubtful: boolean;
  /** "" for what was measured. */
  readonly reality: string;
}

/** A name without what is said of it anyway: “Noise (simulated)” → “Noise”. */
export function plainName(name: string, reality: string): string {
  const said = ` (${reality})`;
  return name.endsWith(said) ? name.slice(0, -said.length) : name;
}

/** That values were missing before it says nothing against a value. */
const GAP = 32;

/** So long after it nobody takes a time for that of another day. */
const HALF_A_DAY_US = 12 * 3600e6;

/** Since when something speaks against a sensor's values, as far as it was seen. */
const doubted = new WeakMap<Sensor, number>();

/** Whether a value is too old, or something speaks against it. */
export function isDoubtful(sensor: Sensor, serverNowUs: number): boolean {
  const { reading } = sensor;
  if (!reading) return false;
  const doubts = reading.quality & ~GAP;
  if (doubts === 0) doubted.delete(sensor);
  else if (!doubted.has(sensor) || doubted.get(sensor)! > reading.timeUs) doubted.set(sensor, reading.timeUs);
  return doubts !== 0 || isStale(sensor, serverNowUs);
}

export function readingText(sensor: Sensor, { scale }: Style, serverNowUs: number): ReadingText {
  const { reading, datastream } = sensor;
  const reality = liveStrings.reality(datastream.reality);
  if (!reading) return { value: liveStrings.noValue, words: '', age: '', doubtful: false, reality };
  const doubtful = isDoubtful(sensor, serverNowUs);
  return {
    value: `${formatNumber(reading.value)} ${datastream.unit}`.trim(),
    words: scale ? wordsOf(scale, reading.value) : '',
    age: ageText(sensor, serverNowUs),
    doubtful,
    reality,
  };
}

function ageText(sensor: Sensor, serverNowUs: number): string {
  const { timeUs, quality, isPast } = sensor.reading!;
  if (isStale(sensor, serverNowUs)) return liveStrings.noNews(since(timeUs, serverNowUs));
  if (quality & ~GAP) return liveStrings.doubt(quality, since(doubted.get(sensor) ?? timeUs, serverNowUs));
  if (isPast) return liveStrings.at(since(timeUs, serverNowUs));
  return strings.ago(ageSeconds(sensor, serverNowUs));
}

function since(timeUs: number, serverNowUs: number): string {
  return serverNowUs - timeUs < HALF_A_DAY_US ? formatClock(timeUs) : formatDay(timeUs);
}
