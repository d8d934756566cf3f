/** What hands and keys do to a placement: drag on the ground, turn, lift. */
import { Ray, Vector3, type PerspectiveCamera } from 'three';

import type { Viewer } from '../walk/viewer';
import type { Pointer } from '../pick/pointer';
import { KNOB_DEG, type Ghost } from './ghost';
import { lifted, moved, turned, wholeTurn } from './placement';
import type { Standing } from './standing';

/** Follows the pointer, in normalised device coordinates. */
export type Drag = (to: Pointer) => void;

export interface Hands {
  /** @param height of what was taken hold of, world frame. */
  move(from: Pointer, height: number): Drag;
  turn(): Drag;
  lift(from: Pointer): Drag;
  /** @returns whether the key does something to it. */
  key(event: KeyboardEvent): boolean;
  rayAt(pointer: Pointer): Ray;
}

export interface HandsOptions {
  readonly camera: PerspectiveCamera;
  readonly viewer: Viewer;
  readonly ghost: Ghost;
  readonly standing: Standing;
}

const STEP_M = 0.5;
const STEP_DEG = 1;
const STEP_LIFT_M = 0.1;
const LARGE = 10;
/** Nobody drags anything farther away than this. */
const FARTHEST_M = 3000;

export function createHands({ camera, viewer, ghost, standing }: HandsOptions): Hands {
  function rayAt({ x, y }: Pointer): Ray {
    const origin = new Vector3().setFromMatrixPosition(camera.matrixWorld);
    return new Ray(origin, new Vector3(x, y, 0.5).unproject(camera).sub(origin).normalize());
  }

  /** Where the pointer is on a level plane; undefined above the horizon. */
  function onLevel(pointer: Pointer, height: number): Vector3 | undefined {
    const { origin, direction } = rayAt(pointer);
    const far = (height - origin.y) / direction.y;
    return far > 0 && far < FARTHEST_M ? origin.addScaledVector(direction, far) : undefined;
  }

  return {
    rayAt,
    move(from, height) {
      const start = onLevel(from, height);
      const { placement } = standing;
      return (to) => {
        const now = onLevel(to, height);
        if (start && now) standing.change(moved({ ...standing.placement, at: placement.at }, now.x - start.x, start.z - now.z), 'drag');
      };
    },
    turn: () => (to) => {
      const now = onLevel(to, ghost.foot.y);
      if (!now) return;
      const bearing = (Math.atan2(now.x - ghost.foot.x, ghost.foot.z - now.z) * 180) / Math.PI;
      standing.change({ ...standing.placement, headingDeg: Math.round(10 * wholeTurn(bearing - KNOB_DEG)) / 10 }, 'turn');
    },
    lift(from) {
      const { placement } = standing;
      const far = ghost.top.distanceTo(rayAt(from).origin);
      const metres = far * Math.tan((camera.fov * Math.PI) / 360);
      return ({ y }) => {
        const by = Math.round(20 * (y - from.y) * metres) / 20;
        standing.change(lifted({ ...standing.placement, lift: placement.lift }, by), 'lift');
      };
    },
    key({ code, shiftKey }) {
      const times = shiftKey ? LARGE : 1;
      const step = STEP_M * times;
      const east = Math.cos(viewer.yaw) * step;
      const north = Math.sin(viewer.yaw) * step;
      const { placement } = standing;
      const next = {
        ArrowUp: () => moved(placement, -north, east),
        ArrowDown: () => moved(placement, north, -east),
        ArrowRight: () => moved(placement, east, north),
        ArrowLeft: () => moved(placement, -east, -north),
        KeyQ: () => turned(placement, -STEP_DEG * times),
        KeyE: () => turned(placement, STEP_DEG * times),
        PageUp: () => lifted(placement, STEP_LIFT_M * times),
        PageDown: () => lifted(placement, -STEP_LIFT_M * times),
      }[code];
      if (next) standing.change(next(), code);
      return next !== undefined;
    },
  };
}
