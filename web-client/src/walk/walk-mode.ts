/** Walking: intent → the walker's body → the eye. */
import type { Intent } from './intent';
import { clampPitch, type Viewer } from './viewer';
import type { Walker } from './walker';

const WALK_SPEED = 1.4;
const RUN_SPEED = 4.2;
const TURN_RATE = 1.6;
const LOOK_RATE = 1.0;

export function turnHead(viewer: Viewer, intent: Intent, seconds: number): void {
  viewer.yaw += intent.turn * TURN_RATE * seconds + intent.dragYaw;
  viewer.pitch = clampPitch(viewer.pitch + intent.look * LOOK_RATE * seconds + intent.dragPitch);
}

/** @returns whether the body still moves by itself (falls, or the eye settles). */
export function walkFrame(viewer: Viewer, intent: Intent, walker: Walker, seconds: number): boolean {
  turnHead(viewer, intent, seconds);
  const { forward, strafe } = intent;
  const speed = (intent.run ? RUN_SPEED : WALK_SPEED) / Math.max(1, Math.hypot(forward, strafe));
  const sin = Math.sin(viewer.yaw);
  const cos = Math.cos(viewer.yaw);
  const vx = (strafe * cos - forward * sin) * speed;
  const vz = (-strafe * sin - forward * cos) * speed;
  const moved = walker.walk(vx, vz, seconds);
  viewer.x = walker.feet.x;
  viewer.y = walker.eyeHeight;
  viewer.z = walker.feet.z;
  return moved;
}
