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
  let lastHeard = NaN;
  return {
    now() {
      const mine = clock.now();
      const said = heard();
      const off = said - (mine + offsetMs);
      const most = SLEW * (mine - lastMs);
      // Where one looks at a moment that stands, it stands.
      const stands = said === lastHeard && mine > lastMs;
      const runs = !stands && Math.abs(off) < OTHER_MS;
      lastMs = mine;
      lastHeard = said;
      offsetMs = runs ? offsetMs + Math.max(-most, Math.min(most, off)) : said - mine;
      return mine + offsetMs;
    },
  };
}
