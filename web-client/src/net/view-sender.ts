/** Decides when a moved viewer is worth a `view`: noticeably moved, and at most ten a second. */
const MOVED_M = 0.25;
const TURNED_RAD = (2 * Math.PI) / 180;
const INTERVAL_MS = 100;

export interface ViewerPose {
  /** Eye, world frame. */
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly yaw: number;
  readonly pitch: number;
}

export interface ViewSender {
  /** Whether to send this pose now, later (ask again in a later frame), or not at all. */
  consider(pose: ViewerPose, width: number, height: number, nowMs: number): 'send' | 'wait' | 'same';
  /** Forgets what was sent: the next pose counts as new. */
  reset(): void;
}

export function createViewSender(): ViewSender {
  const last = { x: 0, y: 0, z: 0, yaw: 0, pitch: 0, width: 0, height: 0 };
  let lastMs = -Infinity;
  let fresh = true;

  function differs(pose: ViewerPose, width: number, height: number): boolean {
    return (
      fresh ||
      Math.hypot(pose.x - last.x, pose.y - last.y, pose.z - last.z) > MOVED_M ||
      Math.abs(pose.yaw - last.yaw) > TURNED_RAD ||
      Math.abs(pose.pitch - last.pitch) > TURNED_RAD ||
      width !== last.width ||
      height !== last.height
    );
  }

  return {
    consider(pose, width, height, nowMs) {
      if (!differs(pose, width, height)) return 'same';
      if (nowMs - lastMs < INTERVAL_MS) return 'wait';
      Object.assign(last, pose, { width, height });
      fresh = false;
      lastMs = nowMs;
      return 'send';
    },
    reset() {
      fresh = true;
      lastMs = -Infinity;
    },
  };
}
