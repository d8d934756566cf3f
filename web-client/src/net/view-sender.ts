/** Decides when a moved viewer is worth a `view`: noticeably moved, and at most ten a second. */
import type { Vec3 } from '../core/frames';

const MOVED_M = 0.25;
const TURNED_RAD = (2 * Math.PI) / 180;
const INTERVAL_MS = 100;

export interface ViewerPose {
  /** World frame. */
  readonly position: Vec3;
  readonly yaw: number;
  readonly pitch: number;
  readonly width: number;
  readonly height: number;
}

export interface ViewSender {
  /** Whether to send this pose now, later (ask again in a later frame), or not at all. */
  consider(pose: ViewerPose, nowMs: number): 'send' | 'wait' | 'same';
  /** Forgets what was sent: the next pose counts as new. */
  reset(): void;
}

export function createViewSender(): ViewSender {
  let last: ViewerPose | undefined;
  let lastMs = -Infinity;

  function differs(pose: ViewerPose): boolean {
    if (!last) return true;
    const [x, y, z] = pose.position;
    const [lx, ly, lz] = last.position;
    return (
      Math.hypot(x - lx, y - ly, z - lz) > MOVED_M ||
      Math.abs(pose.yaw - last.yaw) > TURNED_RAD ||
      Math.abs(pose.pitch - last.pitch) > TURNED_RAD ||
      pose.width !== last.width ||
      pose.height !== last.height
    );
  }

  return {
    consider(pose, nowMs) {
      if (!differs(pose)) return 'same';
      if (nowMs - lastMs < INTERVAL_MS) return 'wait';
      last = { ...pose, position: [...pose.position] };
      lastMs = nowMs;
      return 'send';
    },
    reset() {
      last = undefined;
      lastMs = -Infinity;
    },
  };
}
