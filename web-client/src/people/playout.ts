/**
 * Server time for moving people smoothly: the offset of the least delayed frame, so that a frame
 * that took longer on its way doesn't move anybody.
 */
import type { Clock } from '../core/clock';

export interface Playout {
  /** Takes the server time (microseconds since 1970 UTC) of a frame that has just arrived. */
  heard(timeUs: number): void;
  /** Milliseconds since 1970 UTC by the server's clock; less the shortest way a frame has taken. */
  now(): number;
  /** Forgets everything: another server may have another clock. */
  reset(): void;
}

/** Clocks run apart by less than this; the estimate follows at that rate. */
const DRIFT = 0.0005;

export function createPlayout(clock: Clock): Playout {
  let offsetMs = -Infinity;
  let heardMs = 0;
  return {
    heard(timeUs) {
      const nowMs = clock.now();
      const offset = timeUs / 1000 - nowMs;
      offsetMs = Math.max(offset, offsetMs - (nowMs - heardMs) * DRIFT);
      heardMs = nowMs;
    },
    now: () => clock.now() + offsetMs,
    reset() {
      offsetMs = -Infinity;
    },
  };
}
