/** Tells the server where the viewer is: `view` chooses what it sends. */
import type { PerspectiveCamera } from 'three';

import { viewerOrientation, worldToScene, worldToSceneOrientation } from '../core/frames';
import type { Session } from './session';
import { createViewSender, type ViewerPose } from './view-sender';

export interface WhereaboutsOptions {
  readonly session: Session;
  readonly viewer: ViewerPose;
  readonly camera: PerspectiveCamera;
  readonly canvas: HTMLCanvasElement;
  /** Ask again in the next frame. */
  readonly later: () => void;
}

export interface Whereabouts {
  /** Call after each drawn frame. */
  tell(): void;
  /** A new session knows nothing yet. */
  reset(): void;
  /** Sequence number of the latest view. */
  readonly viewSeq: number;
}

export function createWhereabouts({ session, viewer, camera, canvas, later }: WhereaboutsOptions): Whereabouts {
  const views = createViewSender();
  let viewSeq = 0;
  return {
    tell() {
      if (session.state.kind !== 'open') return;
      const { clientWidth: width, clientHeight: height } = canvas;
      const decision = views.consider(viewer, width, height, performance.now());
      if (decision === 'wait') later();
      if (decision !== 'send') return;
      viewSeq = session.sendView({
        position: worldToScene([viewer.x, viewer.y, viewer.z]),
        orientation: worldToSceneOrientation(viewerOrientation(viewer.yaw, viewer.pitch)),
        fov: fieldOfView(camera),
        viewport: [width, height],
      });
    },
    reset: () => views.reset(),
    get viewSeq() {
      return viewSeq;
    },
  };
}

/** Vertical and horizontal, radians; in a headset that of both eyes together. */
function fieldOfView({ projectionMatrix: { elements } }: PerspectiveCamera): [number, number] {
  return [2 * Math.atan(1 / elements[5]), 2 * Math.atan(1 / elements[0])];
}
