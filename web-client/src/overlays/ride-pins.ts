/** Names of vehicles, above them. */
import { element, write } from '../ui/dom';
import { liveStrings } from '../ui/live-strings';
import { formatClock } from '../ui/strings';
import type { Pin, PinKind, Pins } from './pins';
import { plainName } from './reading';
import type { Ride } from './rides';
import { HEIGHTS_M } from './vehicle-shape';

export interface RidePins {
  /** Puts them above their vehicles. */
  arrange(rides: ReadonlyMap<string, Ride>): void;
  /** Renews what they say. */
  texts(rides: ReadonlyMap<string, Ride>): void;
}

interface RidePin {
  readonly pin: Pin;
  readonly name: HTMLElement;
  readonly state: HTMLElement;
}

const KIND: PinKind = { className: 'ride', stem: 6, most: 4, mostFromAbove: 12, farthest: 250, own: 8 };

/** A vehicle in words: the same on the page and in the headset. */
export function rideText({ info, way, shown }: Ride): { readonly name: string; readonly state: string; readonly isLate: boolean } {
  const isLate = shown < 1;
  const state = [liveStrings.reality(info.reality), isLate ? liveStrings.noNews(formatClock(way.toldMs * 1000)) : ''];
  return { name: plainName(info.name, info.reality), state: state.filter(Boolean).join(' · '), isLate };
}

export function createRidePins(pins: Pins): RidePins {
  const named = new Map<string, RidePin>();

  function create(): RidePin {
    const name = element('span', 'name');
    const state = element('span', 'age');
    return { pin: pins.add(KIND, [name, state]), name, state };
  }

  return {
    arrange(rides) {
      for (const [key, { pin }] of named) {
        const ride = rides.get(key);
        if (ride) pin.place.set(ride.way.x, ride.way.y + HEIGHTS_M[ride.body], ride.way.z);
      }
    },
    texts(rides) {
      for (const [key, { pin }] of named) {
        if (rides.has(key)) continue;
        pin.remove();
        named.delete(key);
      }
      for (const [key, ride] of rides) {
        let shown = named.get(key);
        if (!shown) named.set(key, (shown = create()));
        const { way } = ride;
        const { name, state, isLate } = rideText(ride);
        write(shown.name, name);
        write(shown.state, state);
        shown.pin.root.classList.toggle('doubtful', isLate);
        shown.pin.place.set(way.x, way.y + HEIGHTS_M[ride.body], way.z);
      }
    },
  };
}
