/** Time as the simulation sees it. Tests and `?clock=manual` pages advance it by hand. */
export interface Clock {
  /** Milliseconds since an arbitrary start; never goes back. */
  now(): number;
}

export interface ManualClock extends Clock {
  advance(ms: number): void;
}

export const realClock: Clock = { now: () => performance.now() };

export function createManualClock(startMs = 0): ManualClock {
  let time = startMs;
  return {
    now: () => time,
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`a clock cannot go back (${ms} ms)`);
      time += ms;
    },
  };
}
