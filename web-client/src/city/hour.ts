/** The hour that the city is shown at, and its light. */
import { daylightAt, type Daylight } from './daylight';
import { sunPosition } from './sun';
import { atSolarMinute, defaultTime, parseTime, solarMinute, solarMonth, type Place } from './time-of-day';

export interface HourOptions {
  /** What the address asks for: see `parseTime`. */
  readonly wanted: string | null;
  readonly nowMs: () => number;
  readonly light: (daylight: Daylight) => void;
  /** It's another hour than before. */
  readonly changed: () => void;
}

export interface Hour {
  /** Where the city lies: its sun from now on. */
  arrive(place: Place): void;
  /** A text as in the address. @returns whether it was understood. */
  set(text: string): boolean;
  /** Another minute of the same day, solar time. */
  setMinute(minute: number): void;
  /** Another moment, milliseconds since 1970 UTC, until it is undefined: then the hour that was shown before. */
  visit(utcMs: number | undefined): void;
  readonly minute: number;
  /** 0 to 11 */
  readonly month: number;
}

export function createHour({ wanted, nowMs, light, changed }: HourOptions): Hour {
  // Until the city says where it lies.
  let place: Place = { lon: 0, lat: 52 };
  let utcMs = defaultTime(place);
  /** What is shown again after a visit to another moment. */
  let homeMs: number | undefined;

  function shine(): void {
    light(daylightAt(sunPosition(utcMs, place.lon, place.lat), solarMinute(utcMs, place)));
  }

  shine();
  return {
    arrive(next) {
      place = next;
      utcMs = parseTime(wanted ?? '', place, nowMs()) ?? defaultTime(place);
      shine();
      changed();
    },
    set(text) {
      const time = parseTime(text, place, nowMs());
      if (time === undefined) return false;
      utcMs = time;
      shine();
      changed();
      return true;
    },
    setMinute(minute) {
      utcMs = atSolarMinute(utcMs, place, minute);
      shine();
      changed();
    },
    visit(to) {
      const next = to ?? homeMs;
      if (next === undefined) return;
      homeMs = to === undefined ? undefined : (homeMs ?? utcMs);
      utcMs = next;
      shine();
      changed();
    },
    get minute() {
      return solarMinute(utcMs, place);
    },
    get month() {
      return solarMonth(utcMs, place);
    },
  };
}
