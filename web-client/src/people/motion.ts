/**
 * One person's way between the poses that the server told of: a little behind, so that there is
 * always a pose to move towards, never ahead of what was told, and without jumps.
 */

/** World frame, metres and radians; hands are told from the eye. The order of a sample's values. */
export const CHANNELS = 11;
export const X = 0;
export const Y = 1;
export const Z = 2;
export const YAW = 3;
export const PITCH = 4;
/** Left x, y, z and right x, y, z. */
export const HANDS = 5;

export interface Motion {
  /** What to show now: CHANNELS values. */
  readonly shown: Float64Array;
  /** Takes a pose told for `timeMs`; both times in server time. */
  tell(timeMs: number, pose: Float64Array, nowMs: number): void;
  /** Moves `shown` to where it is now; returns whether it goes on moving. */
  advance(nowMs: number): boolean;
}

interface Sample {
  readonly timeMs: number;
  readonly pose: Float64Array;
}

/** One tick of the server and what a frame's way may vary by. */
const DELAY_MS = 120;
/** Those farther off are told of less often; the delay follows. */
const DELAY_PER_GAP = 1.2;
/** After so long without news a person stood still. */
const STOOD_MS = 1500;
const TICK_MS = 100;
/** What is left of a surprise after this long is 1/e of it. */
const EASE_MS = 100;
const NEGLIGIBLE = 1e-3;
/** Faster than anybody runs: a teleport. */
const FASTEST_M_S = 12;
const SHORTEST_JUMP_M = 3;
const MOST_SAMPLES = 16;

export function createMotion(): Motion {
  const shown = new Float64Array(CHANNELS);
  const surprise = new Float64Array(CHANNELS);
  let samples: Sample[] = [];
  let delayMs = DELAY_MS;
  let toldMs = 0;

  /** Puts what was told for a time into `shown`. */
  function follow(timeMs: number): void {
    let i = samples.length - 1;
    while (i > 0 && samples[i - 1].timeMs > timeMs) i -= 1;
    const next = samples[i];
    const last = samples[Math.max(0, i - 1)];
    const span = next.timeMs - last.timeMs;
    const share = span > 0 ? Math.max(0, Math.min(1, (timeMs - last.timeMs) / span)) : 1;
    for (let c = 0; c < CHANNELS; c += 1) shown[c] = last.pose[c] + (next.pose[c] - last.pose[c]) * share;
  }

  function start(sample: Sample): void {
    samples = [sample];
    shown.set(sample.pose);
    surprise.fill(0);
    delayMs = DELAY_MS;
  }

  return {
    shown,
    tell(timeMs, pose, nowMs) {
      const last = samples.at(-1);
      const sample = { timeMs, pose };
      if (!last) return start(sample);
      const gap = timeMs - last.timeMs;
      if (gap <= 0) return;
      pose[YAW] = last.pose[YAW] + shortestTurn(pose[YAW] - last.pose[YAW]);
      const way = Math.hypot(pose[X] - last.pose[X], pose[Y] - last.pose[Y], pose[Z] - last.pose[Z]);
      if (way > SHORTEST_JUMP_M && way > (FASTEST_M_S * gap) / 1000) return start(sample);
      if (gap > STOOD_MS) {
        samples.push({ timeMs: timeMs - TICK_MS, pose: last.pose });
      } else {
        const wanted = Math.max(DELAY_MS, DELAY_PER_GAP * gap);
        delayMs += (wanted - delayMs) * (wanted > delayMs ? 0.5 : 0.1);
      }
      samples.push(sample);
      samples.splice(0, samples.length - MOST_SAMPLES);
      surprise.set(shown);
      follow(nowMs - delayMs);
      for (let c = 0; c < CHANNELS; c += 1) surprise[c] -= shown[c];
      surprise[YAW] = shortestTurn(surprise[YAW]);
      toldMs = nowMs;
      for (let c = 0; c < CHANNELS; c += 1) shown[c] += surprise[c];
    },
    advance(nowMs) {
      if (samples.length === 0) return false;
      follow(nowMs - delayMs);
      const left = Math.exp((toldMs - nowMs) / EASE_MS);
      let most = 0;
      for (let c = 0; c < CHANNELS; c += 1) {
        most = Math.max(most, Math.abs(surprise[c]) * left);
        shown[c] += surprise[c] * left;
      }
      return most > NEGLIGIBLE || nowMs - delayMs < samples[samples.length - 1].timeMs;
    },
  };
}

/** The same turn, by at most half a circle. */
export function shortestTurn(angle: number): number {
  return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
}
