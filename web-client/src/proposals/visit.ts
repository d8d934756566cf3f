/** Where to stand to see a building: before its front if nothing is in between, else at another side. */
import { Vector3 } from 'three';

import { sceneToWorld, type Vec3 } from '../core/frames';
import { EYE_HEIGHT_M } from '../net/session';
import type { Picking } from '../pick/picking';

export interface Subject {
  readonly variant: string;
  /** Of the middle of its foot, scene frame. */
  readonly position: Vec3;
  readonly headingDeg: number;
  /** From side to side, metres. */
  readonly size: number;
}

export interface View {
  /** World frame. */
  readonly feet: Vec3;
  readonly yaw: number;
}

/** From its front, and then farther and farther round, degrees. */
const SIDES_DEG = [0, 30, -30, 60, -60, 90, -90, 135, -135, 180];
const BEFORE_IT_M = 9;

export async function viewOf({ variant, position, headingDeg, size }: Subject, picking: Pick<Picking, 'spotAlong'>): Promise<View> {
  const [x, y, z] = sceneToWorld(position);
  const away = size / 2 + BEFORE_IT_M;
  const views = SIDES_DEG.map((side): View => {
    const yaw = (-(headingDeg + side) * Math.PI) / 180;
    return { feet: [x + Math.sin(yaw) * away, y, z + Math.cos(yaw) * away], yaw };
  });
  for (const view of views) {
    const eye = new Vector3(view.feet[0], y + EYE_HEIGHT_M, view.feet[2]);
    const { point, feature } = await picking.spotAlong(eye, new Vector3(-Math.sin(view.yaw), 0, -Math.cos(view.yaw)));
    const isFree = !point || new Vector3(...point).distanceTo(eye) > away;
    if (isFree || feature?.id.startsWith(`${variant}/`)) return view;
  }
  return views[0];
}
