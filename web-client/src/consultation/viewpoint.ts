/** A comment's viewpoint, and how to go there: on foot, or from above where it was made from there. */
import { Euler, Quaternion } from 'three';

import type { Quat, Vec3 } from '../core/frames';
import type { Comment, Manifest } from '../protocol/messages';
import { EYE_HEIGHT_M } from '../net/session';

export type Viewpoint =
  | { readonly kind: 'foot'; /** Scene frame. */ readonly feet: Vec3; readonly yaw: number; readonly pitch: number }
  | { readonly kind: 'above'; readonly target: Vec3; readonly yaw: number };

/** No walker's eye is so far above what she comments on, but on a mountain. */
const FROM_ABOVE_M = 40;

/** `undefined` where the viewpoint lies outside the city, so that nobody is put where nothing is. */
export function viewpointOf(
  { eye, position, orientation }: Pick<Comment, 'position' | 'eye' | 'orientation'>,
  { extent }: Manifest,
): Viewpoint | undefined {
  const { yaw, pitch } = sceneYawPitch(orientation);
  const above = eye[2] - position[2] > FROM_ABOVE_M;
  const place = above ? position : eye;
  const inside = [0, 1].every((axis) => place[axis] >= extent.min[axis] && place[axis] <= extent.max[axis]);
  if (!inside) return undefined;
  if (above) return { kind: 'above', target: position, yaw };
  return { kind: 'foot', feet: [eye[0], eye[1], eye[2] - EYE_HEIGHT_M], yaw, pitch };
}

/** Yaw and pitch of an orientation in the scene frame, without its roll. */
export function sceneYawPitch([x, y, z, w]: Quat): { yaw: number; pitch: number } {
  // Back into the world frame: a quarter turn about x.
  const half = Math.SQRT1_2;
  const world = new Quaternion(half * (x - w), half * (y + z), half * (z - y), half * (w + x)).normalize();
  const euler = new Euler().setFromQuaternion(world, 'YXZ');
  return { yaw: euler.y, pitch: euler.x };
}
