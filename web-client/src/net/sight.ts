/** What one looks with: the field of view, and the size of the picture. */
import type { View } from '../protocol/messages';

export type Sight = Pick<View, 'fov' | 'viewport'>;

export const VERTICAL_FOV_RAD = (60 * Math.PI) / 180;

/** Before the picture has its size, it is all of the page; `viewport` in pixels. */
export function sight(viewport: readonly [number, number]): Sight {
  const aspect = viewport[0] / Math.max(1, viewport[1]);
  return { fov: [VERTICAL_FOV_RAD, horizontalFov(VERTICAL_FOV_RAD, aspect)], viewport };
}

export function horizontalFov(vertical: number, aspect: number): number {
  return 2 * Math.atan(Math.tan(vertical / 2) * aspect);
}
