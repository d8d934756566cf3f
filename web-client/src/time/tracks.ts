/** Where things were, from fixes: in between they went straight. */
import type { Fix } from '../overlays/sensors';

/** Fixes by time; scene frame, three coordinates each; radians clockwise from north, NaN where nobody said. */
export interface Track {
  /** Milliseconds since 1970 UTC. */
  readonly times: Float64Array;
  readonly positions: Float32Array;
  readonly headings: Float32Array;
}

/** Longer apart, nobody knows how it went. */
const LONGEST_MS = 90_000;
/** Nearer than this, two places don't tell where it was heading. */
const TELLING_WAY_M = 1;

/** The place at a moment, or the last that is known before it; undefined before the first. */
export function fixAt({ times, positions, headings }: Track, ms: number): Fix | undefined {
  const before = lastUpTo(times, ms);
  if (before < 0) return undefined;
  const after = before + 1;
  const [x, y, z] = positions.subarray(3 * before, 3 * after);
  const gapMs = after < times.length ? times[after] - times[before] : Infinity;
  const stands = { x, y, z, heading: headings[before], speed: 0, timeUs: times[before] * 1000 };
  if (gapMs > LONGEST_MS) return stands;
  const [nextX, nextY, nextZ] = positions.subarray(3 * after, 3 * after + 3);
  const share = (ms - times[before]) / gapMs;
  const way = Math.hypot(nextX - x, nextY - y);
  return {
    x: x + (nextX - x) * share,
    y: y + (nextY - y) * share,
    z: z + (nextZ - z) * share,
    heading: way > TELLING_WAY_M ? Math.atan2(nextX - x, nextY - y) : headings[before],
    speed: (way / gapMs) * 1000,
    timeUs: ms * 1000,
  };
}

/** The last place in a rising column that isn't above a value; −1 for none. */
function lastUpTo(column: Float64Array, value: number): number {
  let low = 0;
  let high = column.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (column[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
