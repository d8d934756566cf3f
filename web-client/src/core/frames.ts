/**
 * The two frames of the client (docs/contract/scene.md).
 *
 * Scene frame: metres, x east, y north, z up; the wire's. World frame: metres, x east, y up, z
 * south; that of tile content and of the drawing code. Conversion happens at the wire only.
 */
export type Vec3 = readonly [number, number, number];
export type Quat = readonly [number, number, number, number];

export function sceneToWorld([x, y, z]: Vec3): Vec3 {
  return [x, z, -y];
}

export function worldToScene([x, y, z]: Vec3): Vec3 {
  return [x, -z, y];
}

const HALF = Math.SQRT1_2;

/** Turns an orientation in the world frame into one in the scene frame (a quarter turn about x). */
export function worldToSceneOrientation([x, y, z, w]: Quat): Quat {
  return [HALF * (x + w), HALF * (y - z), HALF * (z + y), HALF * (w - x)];
}

/** Orientation (world frame) of a viewer turned left by `yaw` and up by `pitch`, radians. */
export function viewerOrientation(yaw: number, pitch: number): Quat {
  const cy = Math.cos(yaw / 2);
  const sy = Math.sin(yaw / 2);
  const cp = Math.cos(pitch / 2);
  const sp = Math.sin(pitch / 2);
  return [cy * sp, sy * cp, -sy * sp, cy * cp];
}

/** Yaw (radians, left is positive, 0 looks north) of a compass heading in degrees. */
export function headingToYaw(headingDeg: number): number {
  return (-headingDeg * Math.PI) / 180;
}
