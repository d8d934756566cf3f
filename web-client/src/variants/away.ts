/** What of a city isn't there in the variant that one looks at. */
import { featureKey } from './key';

export interface Away {
  /** Layers of other variants, by their numbers. */
  readonly layers: ReadonlySet<number>;
  /** Identities of what makes room. */
  readonly features: ReadonlySet<string>;
  /** The same as colliders call them. */
  readonly keys: ReadonlySet<number>;
}

export const NOTHING_AWAY: Away = awayOf([], []);

export function awayOf(layers: Iterable<number>, features: Iterable<string>): Away {
  const ids = new Set(features);
  return { layers: new Set(layers), features: ids, keys: new Set([...ids].map(featureKey)) };
}
