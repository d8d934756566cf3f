/** Things that move, as the server tells of them, on their way in between. */
import { headingToYaw } from '../core/frames';
import type { MoverInfo } from '../protocol/messages';
import { createReckoning } from './reckoning';
import { isLost, type Fix, type Mover } from './sensors';
import type { Style } from './style';
import type { Vehicle } from './vehicles';

export interface Ride extends Vehicle {
  readonly info: MoverInfo;
  /** m/s */
  readonly speed: number;
}

export interface Rides {
  /** Those that there are now, and where they were last; `nowMs` by the server's clock. */
  tell(movers: readonly Mover[], nowMs: number): void;
  /** Moves them on; returns whether one goes on moving where `seen` says that it matters. */
  advance(nowMs: number, seen: (ride: Ride) => boolean): boolean;
  readonly all: ReadonlyMap<string, Ride>;
}

export interface RidesOptions {
  readonly styleOf: (key: string) => Style;
  /** Height of the ground, world frame, for what doesn't say how high it is; −Infinity where it isn't known. */
  readonly groundAt: (x: number, z: number) => number;
}

interface OneRide extends Ride {
  info: MoverInfo;
  shown: number;
  told: Fix | undefined;
}

/** How much of one is drawn that hasn't been heard of for some time, before it is taken away. */
const FAINT = 0.55;
/** News is late where this share of the time has passed after which one is lost. */
const LATE_SHARE = 0.5;
/** Time that goes back more than this is another moment. */
const BACK_MS = 1000;

export function createRides({ styleOf, groundAt }: RidesOptions): Rides {
  const all = new Map<string, OneRide>();
  let lastMs = -Infinity;

  function rideOf({ info }: Mover): OneRide {
    const way = createReckoning();
    return { info, name: info.name, body: styleOf(info.key).body, way, shown: 0, told: undefined, get speed() { return way.speed; } };
  }

  return {
    all,
    tell(movers, nowMs) {
      if (nowMs < lastMs - BACK_MS) all.clear();
      lastMs = nowMs;
      const gone = new Set(all.keys());
      for (const mover of movers) {
        if (isLost(mover, nowMs * 1000)) continue;
        const { key } = mover.info;
        gone.delete(key);
        let ride = all.get(key);
        if (!ride) all.set(key, (ride = rideOf(mover)));
        ride.info = mover.info;
        const { fix } = mover;
        if (fix && fix !== ride.told) {
          ride.told = fix;
          const [x, z] = [fix.x, -fix.y];
          const y = Number.isFinite(fix.z) ? fix.z : Math.max(groundAt(x, z), -1e4);
          ride.way.tell({ timeMs: fix.timeUs / 1000, x, y: y > -1e4 ? y : NaN, z, yaw: headingToYaw((fix.heading * 180) / Math.PI), speed: fix.speed }, nowMs);
        }
        const late = nowMs - ride.way.toldMs > LATE_SHARE * mover.info.stale_after_s * 1000;
        ride.shown = late ? FAINT : 1;
      }
      for (const key of gone) all.delete(key);
    },
    advance(nowMs, seen) {
      let moves = false;
      for (const ride of all.values()) {
        const goesOn = ride.way.advance(nowMs);
        moves = (goesOn && seen(ride)) || moves;
      }
      return moves;
    },
  };
}
