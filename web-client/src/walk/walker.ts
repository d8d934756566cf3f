/**
 * A walker's body: a capsule with gravity. Walls stop it, steps up to 0.25 m are climbed, under what is low it
 * stoops, and it never enters a cell where anything is still to come, so it can't fall out of the city.
 */
import { Line3, Vector3 } from 'three';

import type { Vec3 } from '../core/frames';
import { EYE_HEIGHT_M } from '../net/session';
import type { Capsule, ColliderWorld } from './collider-world';

export const STEP_M = 0.25;
export const RADIUS_M = 0.25;
const UPRIGHT_M = 1.72;
/** Lower than this is no way for a walker. */
const STOOPED_M = 1.3;
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
const CHEST_M = 1;
/** How fast one stoops and stands up again, per second. */
const STOOP_RATE = 10;
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

/** Whether an upright body has room at this place; feet, world frame. */
export function hasRoom(world: ColliderWorld, [x, y, z]: Vec3): boolean {
  const axis = new Line3(new Vector3(x, y + STEP_M + RADIUS_M, z), new Vector3(x, y + UPRIGHT_M - RADIUS_M, z));
  return world.isFree({ axis, radius: RADIUS_M });
}

/** Where an upright body can stand that is put down at a point of a floor: there, or half a step aside of what is in its way. */
export function standingPlace(world: ColliderWorld, { x, y, z }: Vector3): Vector3 | undefined {
  const axis = new Line3(new Vector3(x, y + STEP_M + RADIUS_M, z), new Vector3(x, y + UPRIGHT_M - RADIUS_M, z));
  if (world.pushOut({ axis, radius: RADIUS_M }) > 0) return undefined;
  const feet = new Vector3(axis.start.x, y, axis.start.z);
  feet.y = world.floorBelow(feet.x, feet.z, y + STEP_M, y - STEP_M);
  if (feet.y === -Infinity || !world.hasGround(feet.x, feet.z) || !hasRoom(world, [feet.x, feet.y, feet.z])) return undefined;
  const aside = Math.hypot(feet.x - x, feet.z - z);
  const passes = !world.blocked(new Vector3(x, y + STEP_M, z), new Vector3(feet.x, feet.y + STEP_M, feet.z));
  return aside <= 2 * RADIUS_M && passes ? feet : undefined;
}

export function createWalker(world: ColliderWorld): Walker {
  const feet = new Vector3();
  const before = new Vector3();
  const asUpright = new Vector3();
  const chestBefore = new Vector3();
  const chest = new Vector3();
  const capsule: Capsule = { axis: new Line3(), radius: RADIUS_M };
  let eyeHeight = EYE_HEIGHT_M;
  /** How far the eye still is above its place. */
  let lift = 0;
  /** How much lower it goes than upright. */
  let stoop = 0;
  let falling = 0;
  let grounded = false;

  function fit(at: Vector3, height: number): void {
    capsule.axis.start.set(at.x, at.y + STEP_M + RADIUS_M, at.z);
    capsule.axis.end.set(at.x, at.y + height - RADIUS_M, at.z);
  }

  /** How deep it stays in something that it is pushed out of. */
  function stuckAt(at: Vector3, height: number): number {
    fit(at, height);
    return world.pushOut(capsule);
  }

  function fits(at: Vector3, height: number): boolean {
    fit(at, height);
    return world.isFree(capsule);
  }

  /** One short level move; the walker stays where it was if the way isn't free, and stoops where that helps. */
  function move(dx: number, dz: number): void {
    before.copy(feet);
    const goesUpright = fits(before, UPRIGHT_M) || !fits(before, STOOPED_M);
    const wanted = dx * dx + dz * dz;
    const upright = goesUpright ? step(dx, dz, UPRIGHT_M) : -1;
    if (upright >= wanted / 2) return;
    asUpright.copy(feet);
    if (step(dx, dz, STOOPED_M) <= upright + wanted / 10) feet.copy(asUpright);
  }

  /** @returns how far that led in the direction that was wanted, as its scalar product with it. */
  function step(dx: number, dz: number, height: number): number {
    feet.copy(before);
    if (!reachable(feet.x + dx, feet.z + dz)) return 0;
    feet.x += dx;
    feet.z += dz;
    const depth = stuckAt(feet, height);
    feet.x = capsule.axis.start.x;
    feet.z = capsule.axis.start.z;
    if (feet.x === before.x && feet.z === before.z) return 0;
    chestBefore.set(before.x, before.y + CHEST_M, before.z);
    chest.set(feet.x, feet.y + CHEST_M, feet.z);
    const free =
      reachable(feet.x, feet.z) &&
      (depth === 0 || depth < stuckAt(before, height)) &&
      !world.blocked(chestBefore, chest) &&
      standable(height);
    if (!free) feet.copy(before);
    return (feet.x - before.x) * dx + (feet.z - before.z) * dz;
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

  function standable(height: number): boolean {
    const floor = world.footing(feet.x, feet.z, feet.y + STEP_M, feet.y - SEARCH_DOWN_M);
    if (floor === -Infinity) return false;
    if (floor <= feet.y) return true;
    // A step up needs room for the head, too.
    feet.y = floor;
    return fits(feet, height) || !fits(before, height);
  }

  function fall(seconds: number): void {
    const floor = world.footing(feet.x, feet.z, feet.y + STEP_M, feet.y - SEARCH_DOWN_M);
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
      if (world.hasGround(feet.x, feet.z)) fall(seconds);
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
    grounded = floor > -Infinity && world.hasGround(x, z);
    if (grounded) feet.y = floor;
    if (grounded && (fits(feet, UPRIGHT_M) || !fits(feet, STOOPED_M))) {
      stuckAt(feet, UPRIGHT_M);
      feet.x = capsule.axis.start.x;
      feet.z = capsule.axis.start.z;
    }
    stoop = stoopHere();
    eyeHeight = feet.y + EYE_HEIGHT_M;
  }

  /** How much lower than upright one has to go. */
  function stoopHere(): number {
    return !fits(feet, UPRIGHT_M) && fits(feet, STOOPED_M) ? UPRIGHT_M - STOOPED_M : 0;
  }

  return {
    feet,
    get eyeHeight() {
      return eyeHeight + lift - stoop;
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
      const stooped = settled(stoop, stoopHere(), STOOP_RATE * seconds);
      const isSettling = lift !== 0 || stooped !== stoop;
      stoop = stooped;
      lift = settled(lift, 0, RESETTLE_RATE * seconds);
      return isSettling || feet.x !== x || feet.y !== y || feet.z !== z || eyeHeight !== eyeBefore;
    },
  };
}

/** A value on its soft way to another. */
function settled(value: number, target: number, rate: number): number {
  const next = target + (value - target) * Math.exp(-rate);
  return Math.abs(next - target) < 1e-3 ? target : next;
}
