/** Where the eye is and where it looks, world frame. Modes move it; camera and stream read it. */
export interface Viewer {
  x: number;
  y: number;
  z: number;
  /** Radians; left is positive, 0 looks north. */
  yaw: number;
  /** Radians; up is positive. */
  pitch: number;
}

const STEEPEST = (85 * Math.PI) / 180;

export function clampPitch(pitch: number): number {
  return Math.max(-STEEPEST, Math.min(STEEPEST, pitch));
}
