/** Tells the server where the viewer is: `view` chooses what it sends, `pose` is what others see. */
import type { PerspectiveCamera } from 'three';

import { afterFrame } from '../core/after-frame';
import { viewerOrientation, worldToScene, worldToSceneOrientation, type Vec3 } from '../core/frames';
import { createPoseSender } from '../people/pose-sender';
import type { Session } from './session';
import { createViewSender, type ViewerPose } from './view-sender';

export interface WhereaboutsOptions {
  readonly session: Session;
  readonly viewer: ViewerPose;
  readonly camera: PerspectiveCamera;
  /** Of the picture, CSS pixels. */
  readonly size: { readonly width: number; readonly height: number };
  /** Whether the viewer is a body in the city, and doesn't look from above. */
  readonly onFoot: () => boolean;
  /** Left and right hand in a headset, world frame; else empty. */
  readonly hands: () => readonly Vec3[];
  /** Ask again in the next frame. */
  readonly again: () => void;
}

export interface Whereabouts {
  /** Call in each drawn frame, while a headset's hands are known; sends when the frame is over. */
  tell(): void;
  /** A new session knows nothing yet. */
  reset(): void;
  /** Whether something waits for the frame's end. */
  readonly sending: boolean;
  /** Sequence number of the latest view. */
  readonly viewSeq: number;
}

export function createWhereabouts(options: WhereaboutsOptions): Whereabouts {
  const { session, viewer, camera, size, onFoot, hands } = options;
  const views = createViewSender();
  const poses = createPoseSender();
  let viewSeq = 0;
  const outgoing: (() => void)[] = [];
  const sendLater = afterFrame(() => {
    for (const send of outgoing.splice(0)) send();
  });

  function later(send: () => void): void {
    outgoing.push(send);
    sendLater();
  }

  function tellPose(position: Vec3): void {
    const inHands = hands().map(worldToScene);
    const pose = { points: [...position, ...inHands.flat()], heading: compass(viewer.yaw), pitch: viewer.pitch };
    const decision = poses.consider(pose, performance.now());
    if (decision === 'wait') options.again();
    if (decision !== 'send') return;
    const { heading, pitch } = pose;
    later(() => session.send({ t: 'pose', position, heading, pitch, ...(inHands.length > 0 && { hands: inHands }) }));
  }

  return {
    tell() {
      if (session.state.kind !== 'open') return;
      const position = worldToScene([viewer.x, viewer.y, viewer.z]);
      if (onFoot()) tellPose(position);
      const { width, height } = size;
      const decision = views.consider(viewer, width, height, performance.now());
      if (decision === 'wait') options.again();
      if (decision !== 'send') return;
      const view = {
        position,
        orientation: worldToSceneOrientation(viewerOrientation(viewer.yaw, viewer.pitch)),
        fov: fieldOfView(camera),
        viewport: [width, height] as const,
      };
      later(() => {
        viewSeq = session.sendView(view);
      });
    },
    reset() {
      views.reset();
      poses.reset();
    },
    get sending() {
      return outgoing.length > 0;
    },
    get viewSeq() {
      return viewSeq;
    },
  };
}

/** Vertical and horizontal, radians; in a headset that of both eyes together. */
export function fieldOfView({ projectionMatrix: { elements } }: PerspectiveCamera): [number, number] {
  return [2 * Math.atan(1 / elements[5]), 2 * Math.atan(1 / elements[0])];
}

/** Heading clockwise from north, 0 to 2π, of a yaw to the left. */
function compass(yaw: number): number {
  const turn = 2 * Math.PI;
  return ((-yaw % turn) + turn) % turn;
}
