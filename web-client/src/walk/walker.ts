/**
 * A walker's body: a capsule with gravity. Walls stop it, steps up to 0.25 m are climbed, and it
 * never enters a cell whose ground hasn't come, so it can't fall out of the city.
 */
import { Line3, Vector3 } from 'three';

import type { Vec3 } from '../core/frames';
import { EYE_HEIGHT_M } from '../net/session';
import type { Capsule, ColliderWorld } from './collider-world';

export const STEP_M = 0.25;
export const RADIUS_M = 0.3;
const BODY_M = 1.75;
const GRAVITY = 9.81;
const FASTEST_FALL = 20;
/** Shorter than the radius, so that the axis can't get past a wall in one step. */
const LONGEST_MOVE_M = 0.1;
const LONGEST_TICK_S = 1 / 30;
/** Downhill and stairs: the feet keep to a floor this far below instead of flying off. */
const SNAP_M = 0.3;
const SEARCH_DOWN_M = 60;
/** How fast the eye follows a step, per second; it never lags more than EYE_LAG_M. */
const EYE_RATE = 12;
const EYE_LAG_M = 0.1;
/** How fast the eye comes down, or up, on ground that was made anew, per second. */
const RESETTLE_RATE = 4;

export interface Walker {
  /** Feet, world frame. */
  readonly feet: Vector3;
  /** Height of the eye, world frame: the feet's plus 1.65 m, smoothed over steps. */
  readonly eyeHeight: number;
  /** Stands on the floor nearest below `feet`; on the ground where there is none, as beneath it. */
  place(feet: Vec3): void;
  /** The ground has been made anew: takes the floor where it stands; the eye follows softly. */
  resettle(): void;
  /**
   * Walks for `seconds` at a level velocity (m/s).
   *
   * @returns whether the body or the eye moved.
   */
  walk(velocityX: number, velocityZ: number, seconds: number): boolean;
  /** Whether the walker has ground under the feet (else it waits for colliders). */
  readonly grounded: boolean;
}

export function createWalker(world: ColliderWorld): Walker {
  const feet = new Vector3();
  const before = new Vector3();
  const chestBefore = new Vector3();
  const chest = new Vector3();
  const capsule: Capsule = { axis: new Line3(), radius: RADIUS_M };
  let eyeHeight = EYE_HEIGHT_M;
  /** How far the eye still is above its place. */
  let lift = 0;
  let falling = 0;
  let grounded = false;

  function fit(at: Vector3): void {
    capsule.axis.start.set(at.x, at.y + STEP_M + RADIUS_M, at.z);
    capsule.axis.end.set(at.x, at.y + BODY_M - RADIUS_M, at.z);
  }

  function depthAt(at: Vector3): number {
    fit(at);
    return world.pushOut(capsule);
  }

  /** One short level move; the walker stays where it was if the way isn't free. */
  function move(dx: number, dz: number): void {
    before.copy(feet);
    const x = feet.x + dx;
    const z = feet.z + dz;
    if (!reachable(x, z)) return;
    feet.set(x, feet.y, z);
    fit(feet);
    const depth = world.pushOut(capsule);
    feet.x = capsule.axis.start.x;
    feet.z = capsule.axis.start.z;
    if (feet.x === before.x && feet.z === before.z) return;
    chestBefore.set(before.x, before.y + 1, before.z);
    chest.set(feet.x, feet.y + 1, feet.z);
    const free =
      reachable(feet.x, feet.z) &&
      (depth === 0 || depth < depthAt(before)) &&
      !world.blocked(chestBefore, chest) &&
      standable();
    if (!free) feet.copy(before);
  }

  /** Whether the ground under the whole body has come. */
  function reachable(x: number, z: number): boolean {
    return (
      world.hasGround(x - RADIUS_M, z - RADIUS_M) &&
      world.hasGround(x + RADIUS_M, z - RADIUS_M) &&
      world.hasGround(x - RADIUS_M, z + RADIUS_M) &&
      world.hasGround(x + RADIUS_M, z + RADIUS_M)
    );
  }

  function standable(): boolean {
    const floor = world.floorBelow(feet.x, feet.z, feet.y + STEP_M, feet.y - SEARCH_DOWN_M);
    if (floor === -Infinity) return false;
    if (floor <= feet.y) return true;
    // A step up needs room for the head, too.
    feet.y = floor;
    return depthAt(feet) === 0 || depthAt(before) > 0;
  }

  function fall(seconds: number): void {
    const floor = world.floorBelow(feet.x, feet.z, feet.y + STEP_M, feet.y - SEARCH_DOWN_M);
    grounded = floor > -Infinity;
    if (!grounded) return;
    if (floor >= feet.y - SNAP_M && falling === 0) {
      feet.y = floor;
      return;
    }
    falling = Math.min(FASTEST_FALL, falling + GRAVITY * seconds);
    feet.y = Math.max(floor, feet.y - falling * seconds);
    if (feet.y === floor) falling = 0;
  }

  function tick(velocityX: number, velocityZ: number, seconds: number): void {
    if (!grounded) {
      fall(seconds);
      return;
    }
    const distance = Math.hypot(velocityX, velocityZ) * seconds;
    const moves = Math.ceil(distance / LONGEST_MOVE_M);
    for (let i = 0; i < moves; i += 1) {
      move((velocityX * seconds) / moves, (velocityZ * seconds) / moves);
    }
    fall(seconds);
  }

  function place([x, y, z]: Vec3): void {
    feet.set(x, y, z);
    falling = 0;
    lift = 0;
    let floor = world.floorBelow(x, z, y + 1, y - SEARCH_DOWN_M);
    if (floor === -Infinity) floor = world.groundAt(x, z);
    grounded = floor > -Infinity;
    if (grounded) feet.y = floor;
    fit(feet);
    world.pushOut(capsule);
    feet.x = capsule.axis.start.x;
    feet.z = capsule.axis.start.z;
    eyeHeight = feet.y + EYE_HEIGHT_M;
  }

  return {
    feet,
    get eyeHeight() {
      return eyeHeight + lift;
    },
    get grounded() {
      return grounded;
    },
    place,
    resettle() {
      const eye = eyeHeight + lift;
      place([feet.x, feet.y, feet.z]);
      lift = eye - eyeHeight;
    },
    walk(velocityX, velocityZ, seconds) {
      before.copy(feet);
      const x = feet.x;
      const y = feet.y;
      const z = feet.z;
      const eyeBefore = eyeHeight;
      for (let left = seconds; left > 1e-9; left -= LONGEST_TICK_S) {
        tick(velocityX, velocityZ, Math.min(left, LONGEST_TICK_S));
      }
      const target = feet.y + EYE_HEIGHT_M;
      const lag = (target - eyeHeight) * Math.exp(-EYE_RATE * seconds);
      eyeHeight = target - Math.max(-EYE_LAG_M, Math.min(EYE_LAG_M, lag));
      if (Math.abs(target - eyeHeight) < 1e-4) eyeHeight = target;
      const wasLifted = lift !== 0;
      lift *= Math.exp(-RESETTLE_RATE * seconds);
      if (Math.abs(lift) < 1e-3) lift = 0;
      return wasLifted || feet.x !== x || feet.y !== y || feet.z !== z || eyeHeight !== eyeBefore;
    },
  };
}
