/** A sensor's latest value and its age in words: the same on pins, in the panel and in the headset. */
import { formatClock, formatNumber, strings } from '../ui/strings';
import { ageSeconds, isStale, type Sensor } from './sensors';

export interface ReadingText {
  readonly value: string;
  readonly age: string;
  readonly stale: boolean;
}

export function readingText(sensor: Sensor, serverNowUs: number): ReadingText {
  const { reading, datastream } = sensor;
  if (!reading) return { value: strings.noValue, age: '', stale: false };
  const stale = isStale(sensor, serverNowUs);
  return {
    value: `${formatNumber(reading.value)} ${datastream.unit}`.trim(),
    age: stale ? strings.staleSince(formatClock(reading.timeUs)) : strings.ago(ageSeconds(sensor, serverNowUs)),
    stale,
  };
}
