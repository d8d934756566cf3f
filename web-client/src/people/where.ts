/** Where something is, in words: how far, and on which side. */
import { strings } from '../ui/strings';
import { shortestTurn } from './motion';

export interface Eye {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** Radians; left is positive. */
  readonly yaw: number;
}

/** Yaw that looks from an eye to a place, world frame. */
export function yawTowards(eye: Eye, x: number, z: number): number {
  return Math.atan2(eye.x - x, eye.z - z);
}

/** As “12 metres, ahead to the right”. */
export function whereIs(eye: Eye, x: number, y: number, z: number): string {
  const metres = Math.hypot(x - eye.x, y - eye.y, z - eye.z);
  const right = -shortestTurn(yawTowards(eye, x, z) - eye.yaw);
  const eighth = (Math.round(right / (Math.PI / 4)) + 8) % 8;
  return strings.where(metres, eighth);
}
