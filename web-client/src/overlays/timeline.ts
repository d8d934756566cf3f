/**
 * The server's time for what moves: it runs evenly, although each message says it a little too late or
 * too early. Where one looks at another moment, it goes there at once.
 */
import type { Clock } from '../core/clock';

export interface Timeline {
  /** Milliseconds since 1970 UTC. */
  now(): number;
}

/** Farther off it is another moment, not another delay. */
const OTHER_MS = 500;
/** So much faster or slower than time itself may it run. */
const SLEW = 0.03;

/** @param heard milliseconds since 1970 UTC, as the latest message and this device's clock say. */
export function createTimeline(clock: Clock, heard: () => number): Timeline {
  let offsetMs = NaN;
  let lastMs = 0;
  return {
    now() {
      const mine = clock.now();
      const off = heard() - (mine + offsetMs);
      const most = SLEW * (mine - lastMs);
      lastMs = mine;
      offsetMs = Math.abs(off) < OTHER_MS ? offsetMs + Math.max(-most, Math.min(most, off)) : heard() - mine;
      return mine + offsetMs;
    },
  };
}
