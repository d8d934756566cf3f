/** What of a city isn't there, or looks otherwise, in the variant that one looks at. */
import type { TileContent } from '../city/tile-mesh';

export interface Away {
  /** Layers of other variants, by their numbers. */
  readonly layers: ReadonlySet<number>;
  /** What makes room, as colliders call it (key.ts). */
  readonly keys: ReadonlySet<number>;
  /** Takes what makes room out of a tile of a layer, gives what looks otherwise its look, and puts back the rest. */
  readonly change: (content: TileContent, layer: number) => void;
}

/** Nothing makes room, and these layers aren't there. */
export function layersAway(layers: Iterable<number>): Away {
  return { layers: new Set(layers), keys: new Set(), change: () => undefined };
}

export const NOTHING_AWAY: Away = layersAway([]);
