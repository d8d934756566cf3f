/** Where a proposal stands while a host is placing it: what her hands, keys and fields change. */

/** A point on the ground plan, metres: east and north. */
export type Plan = readonly [number, number];

export interface Placement {
  /** Where the middle of the model's foot stands, scene frame, metres. */
  readonly at: Plan;
  /** How far it stands above the ground there, metres. */
  readonly lift: number;
  /** Clockwise as seen from above, from the way the file has it; 0 to 360 degrees. */
  readonly headingDeg: number;
}

/** No building is lifted or sunk farther than this. */
export const MOST_LIFT_M = 200;

export function moved(placement: Placement, east: number, north: number): Placement {
  const [x, y] = placement.at;
  return { ...placement, at: [x + east, y + north] };
}

export function turned(placement: Placement, byDeg: number): Placement {
  return { ...placement, headingDeg: wholeTurn(placement.headingDeg + byDeg) };
}

export function lifted(placement: Placement, byM: number): Placement {
  return { ...placement, lift: Math.max(-MOST_LIFT_M, Math.min(MOST_LIFT_M, placement.lift + byM)) };
}

/** The same direction from 0 up to 360 degrees. */
export function wholeTurn(deg: number): number {
  const turned = ((deg % 360) + 360) % 360;
  // What is a hair below nought would be 360.
  return turned >= 360 ? 0 : turned;
}
