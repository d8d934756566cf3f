/** The two ways to look at the city, on foot and from above: who moves the viewer, and its camera. */
import { Vector3, type PerspectiveCamera } from 'three';

import { EYE_HEIGHT_M } from '../net/session';
import type { Manifest } from '../protocol/messages';
import type { Body } from './body';
import { isStill, settleIntent, type Intent } from './intent';
import { createOrbit } from './orbit-mode';
import type { Viewer } from './viewer';

export interface Modes {
  /** @param metres how far from what one looks down at; by default as the city is large. @returns whether the viewer is above now. */
  setOrbit(on: boolean, manifest: Manifest | undefined, metres?: number): boolean;
  /** @returns whether something moves. */
  frame(seconds: number): boolean;
  /** Puts the camera where the viewer is. */
  aim(camera: PerspectiveCamera): void;
  readonly orbiting: boolean;
  /** What shadows are drawn around; `radius` in metres. */
  shadowMiddle(): Vector3;
  readonly shadowRadius: number;
  /** Per metre. */
  readonly hazeDensity: number;
}

const NEAR_M = 0.1;
const WALK_SHADOW_M = 110;
const MOST_SHADOW_M = 700;
const CLEAR_AIR_M = 1600;

export function createModes(viewer: Viewer, intent: Intent, body: Body): Modes {
  const orbit = createOrbit();
  const middle = new Vector3();
  let orbiting = false;

  return {
    setOrbit(on, manifest, metres) {
      orbiting = on && manifest !== undefined;
      if (orbiting && manifest) {
        orbit.enter(viewer, viewer.y - EYE_HEIGHT_M, metres ?? overviewDistance(manifest));
      } else {
        viewer.pitch = 0;
        body.seat(viewer);
      }
      return orbiting;
    },
    frame(seconds) {
      let moving = !isStill(intent);
      if (orbiting) orbit.frame(viewer, intent, seconds);
      else moving = body.frame(viewer, intent, seconds) || moving;
      settleIntent(intent);
      return moving;
    },
    aim(camera) {
      camera.position.set(viewer.x, viewer.y, viewer.z);
      camera.rotation.set(viewer.pitch, viewer.yaw, 0);
      camera.near = orbiting ? orbit.distance / 100 : NEAR_M;
      camera.updateProjectionMatrix();
    },
    get orbiting() {
      return orbiting;
    },
    shadowMiddle() {
      const { x, y, z } = orbit.target;
      return orbiting ? middle.set(x, y, z) : middle.set(viewer.x, viewer.y - EYE_HEIGHT_M, viewer.z);
    },
    get shadowRadius() {
      return orbiting ? Math.min(MOST_SHADOW_M, orbit.distance * 1.2) : WALK_SHADOW_M;
    },
    get hazeDensity() {
      return 1 / (orbiting ? Math.max(CLEAR_AIR_M, orbit.distance * 5) : CLEAR_AIR_M);
    },
  };
}

/** How far to step back so that much of the city is in the picture, metres. */
function overviewDistance({ extent: { min, max } }: Manifest): number {
  return Math.max(80, Math.min(400, 0.45 * Math.max(max[0] - min[0], max[1] - min[1])));
}
