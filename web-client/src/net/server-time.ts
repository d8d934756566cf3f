/** Server time in between messages, so that age doesn't hang on this device's clock. */
import type { Clock } from '../core/clock';

export interface ServerTime {
  /** Takes a server time (microseconds since 1970 UTC) that has just arrived. */
  heard(timeUs: number): void;
  /** Microseconds since 1970 UTC by the server's clock; 0 before anything was heard. */
  now(): number;
}

export function createServerTime(clock: Clock): ServerTime {
  let heardUs = 0;
  let atMs = 0;
  return {
    heard(timeUs) {
      heardUs = timeUs;
      atMs = clock.now();
    },
    now: () => (heardUs === 0 ? 0 : heardUs + (clock.now() - atMs) * 1000),
  };
}
