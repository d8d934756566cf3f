/**
 * The hour that the city is shown at: read from the address, shown in words, moved by hand.
 *
 * Hours without an offset are local mean solar time of the place (UTC + longitude ÷ 15°): the sun
 * stands about south at 12:00, whatever the country's clocks say.
 */
export interface Place {
  /** Degrees, east and north. */
  readonly lon: number;
  readonly lat: number;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
const FORM = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?(Z|[+-]\d\d:\d\d)?$/;
const DEFAULT_MINUTE = 15.5 * 60;

function solarOffsetMs({ lon }: Place): number {
  return lon * 4 * MINUTE_MS;
}

/**
 * `2026-06-21T05:10` (solar time), `…Z` or `…+02:00` (absolute), or `now`.
 *
 * @returns milliseconds since 1970, UTC; `undefined` where the text is nothing of the kind.
 */
export function parseTime(text: string, place: Place, nowMs: number): number | undefined {
  if (text === 'now') return nowMs;
  const match = FORM.exec(text);
  if (!match) return undefined;
  const [, minutes, seconds = ':00', offset] = match;
  const utcMs = Date.parse(`${minutes}${seconds}${offset ?? 'Z'}`);
  if (Number.isNaN(utcMs)) return undefined;
  return offset ? utcMs : utcMs - solarOffsetMs(place);
}

/** 15:30 of a day in early summer, the same for everybody: the year's solstice of that half of the earth. */
export function defaultTime(place: Place): number {
  const day = Date.UTC(2026, place.lat < 0 ? 11 : 5, 21);
  return day + DEFAULT_MINUTE * MINUTE_MS - solarOffsetMs(place);
}

/** Minutes since midnight, solar time, 0 to 1440. */
export function solarMinute(utcMs: number, place: Place): number {
  const minute = (utcMs + solarOffsetMs(place)) / MINUTE_MS;
  return ((minute % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES;
}

/** The same day at another minute. */
export function atSolarMinute(utcMs: number, place: Place, minute: number): number {
  return utcMs + (minute - solarMinute(utcMs, place)) * MINUTE_MS;
}

/** `15:30` */
export function clockText(minute: number): string {
  const whole = Math.floor(minute + 1e-6) % DAY_MINUTES;
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(whole / 60))}:${two(whole % 60)}`;
}

/** Month of the day shown, 0 to 11, solar time. */
export function solarMonth(utcMs: number, place: Place): number {
  return new Date(utcMs + solarOffsetMs(place)).getUTCMonth();
}
