/** Places where sensors tell of themselves: one for all of a thing and all at one place, so that they never lie over each other. */
import { sceneToWorld, type Vec3 } from '../core/frames';
import type { Datastream } from '../protocol/messages';
import { liveStrings } from '../ui/live-strings';
import type { Layer } from './layers';
import type { From } from './marker';
import { plainName } from './reading';
import type { Sensor } from './sensors';
import type { Style } from './style';

export interface Stand {
  /** Of the thing, or of a sensor without one; where several are at a place, of the weightiest. */
  readonly key: string;
  /** The one that is shown: that of the weightiest layer. */
  readonly sensor: Sensor;
  readonly style: Style;
  /** How many more there are that one wants to see. */
  others: number;
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
  const stands: Stand[] = [];
  const known = new Map<string, Stand>();
  for (const [order, { style, sensors, on }] of layers.entries()) {
    const rank = order + (style.look === 'surface' ? SURFACE_RANKS : 0);
    if (!on) continue;
    for (const sensor of sensors) {
      const { thing, key, position } = sensor.datastream;
      if (!position) continue;
      const name = thing || key;
      const at = placeOf(position);
      let stand = known.get(name) ?? known.get(at);
      if (stand) stand.others += 1;
      else stands.push((stand = { key: name, sensor, style, others: 0, place: sceneToWorld(position), rank }));
      known.set(name, stand).set(at, stand);
    }
  }
  return stands;
}

/** No key has spaces. */
function placeOf(position: Vec3): string {
  return position.map((c) => c.toFixed(1)).join(' ');
}

/** Whether two sensors tell of themselves at one place. */
export function standTogether(one: Datastream, other: Datastream): boolean {
  const samePlace = one.position !== undefined && other.position !== undefined && placeOf(one.position) === placeOf(other.position);
  return samePlace || (one.thing === '' ? one.key === other.key : one.thing === other.thing);
}

/** What a list of these is called: none of several speaks for all. */
export function titleOf([one, ...others]: readonly Sensor[]): string {
  return one && others.length === 0 ? plainName(one.datastream.name, one.datastream.reality) : liveStrings.here;
}

/** What stands there, in words; `more` is "" where that is all. */
export function standName({ sensor: { datastream }, others }: Stand): { readonly name: string; readonly more: string } {
  return { name: plainName(datastream.name, datastream.reality), more: others > 0 ? liveStrings.others(others) : '' };
}

/** The nearest, where what weighs less has to be nearer. */
export function firstStands(stands: readonly Stand[], { x, y, z }: From, most: number): readonly Stand[] {
  return stands
    .map((stand) => ({ stand, weight: Math.hypot(stand.place[0] - x, stand.place[1] - y, stand.place[2] - z) * (1 + PER_RANK * stand.rank) }))
    .sort((a, b) => a.weight - b.weight)
    .slice(0, most)
    .map(({ stand }) => stand);
}
