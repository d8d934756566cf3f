/** Orbit: the city from above, turned and tilted around a point on the ground. */
import type { Intent } from './intent';
import type { Viewer } from './viewer';

const TURN_RATE = 0.9;
const NEAREST_M = 12;
const FARTHEST_M = 3000;
const LOWEST = (-85 * Math.PI) / 180;
const HIGHEST = (-8 * Math.PI) / 180;

export interface Orbit {
  /** Starts around the place the viewer stands at, seen from so many metres away. */
  enter(viewer: Viewer, groundY: number, metres: number): void;
  frame(viewer: Viewer, intent: Intent, seconds: number): void;
  /** Distance from the eye to the point it turns around, metres. */
  readonly distance: number;
  readonly target: { readonly x: number; readonly y: number; readonly z: number };
}

export function createOrbit(): Orbit {
  const target = { x: 0, y: 0, z: 0 };
  let distance = FARTHEST_M;

  function place(viewer: Viewer): void {
    const level = Math.cos(viewer.pitch) * distance;
    viewer.x = target.x + Math.sin(viewer.yaw) * level;
    viewer.z = target.z + Math.cos(viewer.yaw) * level;
    viewer.y = target.y - Math.sin(viewer.pitch) * distance;
  }

  return {
    target,
    get distance() {
      return distance;
    },
    enter(viewer, groundY, metres) {
      distance = metres;
      target.x = viewer.x;
      target.y = groundY;
      target.z = viewer.z;
      viewer.pitch = (-32 * Math.PI) / 180;
      place(viewer);
    },
    frame(viewer, intent, seconds) {
      const faster = intent.run ? 3 : 1;
      viewer.yaw += intent.turn * TURN_RATE * seconds - intent.dragYaw;
      const pitch = viewer.pitch + intent.look * TURN_RATE * seconds - intent.dragPitch;
      viewer.pitch = Math.max(LOWEST, Math.min(HIGHEST, pitch));
      distance = Math.max(NEAREST_M, Math.min(FARTHEST_M, distance * 0.9 ** intent.zoom));
      const speed = distance * 0.5 * faster * seconds;
      const sin = Math.sin(viewer.yaw);
      const cos = Math.cos(viewer.yaw);
      target.x += (intent.strafe * cos - intent.forward * sin) * speed;
      target.z += (-intent.strafe * sin - intent.forward * cos) * speed;
      place(viewer);
    },
  };
}
