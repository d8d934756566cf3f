/** Places where sensors tell of themselves: one for all of a thing, so that they never lie over each other. */
import { sceneToWorld, type Vec3 } from '../core/frames';
import type { Layer } from './layers';
import type { From } from './marker';
import type { Sensor } from './sensors';
import type { Style } from './style';

export interface Stand {
  /** Of the thing, or of a sensor without one. */
  readonly key: string;
  /** The one that is shown: that of the weightiest layer. */
  readonly sensor: Sensor;
  readonly style: Style;
  /** How many more there are that one wants to see. */
  readonly others: number;
  /** World frame. */
  readonly place: Vec3;
  /** 0 for the weightiest. */
  readonly rank: number;
}

/** A layer that is lighter by so many has to be this much nearer to come first. */
const PER_RANK = 0.15;
/** Coloured buildings tell of themselves already. */
const SURFACE_RANKS = 12;

/** Of layers that are on, in the order of their weight. */
export function standsOf(layers: readonly Layer[]): readonly Stand[] {
  const stands = new Map<string, Stand>();
  for (const [order, { style, sensors, on }] of layers.entries()) {
    const rank = order + (style.look === 'surface' ? SURFACE_RANKS : 0);
    if (!on) continue;
    for (const sensor of sensors) {
      const { thing, key, position } = sensor.datastream;
      if (!position) continue;
      const name = thing || key;
      const known = stands.get(name);
      stands.set(name, known ? { ...known, others: known.others + 1 } : { key: name, sensor, style, others: 0, place: sceneToWorld(position), rank });
    }
  }
  return [...stands.values()];
}

/** The nearest, where what weighs less has to be nearer. */
export function firstStands(stands: readonly Stand[], { x, y, z }: From, most: number): readonly Stand[] {
  return stands
    .map((stand) => ({ stand, weight: Math.hypot(stand.place[0] - x, stand.place[1] - y, stand.place[2] - z) * (1 + PER_RANK * stand.rank) }))
    .sort((a, b) => a.weight - b.weight)
    .slice(0, most)
    .map(({ stand }) => stand);
}
