/** Where hands and what they point along are, in the world frame. */
import { Matrix4, Vector3, type Group, type WebGLRenderer } from 'three';

import type { Vec3 } from '../core/frames';

export interface PointingRay {
  readonly origin: Vector3;
  readonly direction: Vector3;
}

/** What a controller or hand points along; `undefined` while it isn't tracked. */
export function rayOf(source: XRInputSource, renderer: WebGLRenderer, rig: Group): PointingRay | undefined {
  const matrix = worldMatrix(source.targetRaySpace, renderer, rig);
  if (!matrix) return undefined;
  const origin = new Vector3().setFromMatrixPosition(matrix);
  return { origin, direction: new Vector3(0, 0, -1).transformDirection(matrix) };
}

/** Left and right hand; empty unless both are tracked, as others are told of both or none. */
export function handPlaces(sources: Iterable<XRInputSource>, renderer: WebGLRenderer, rig: Group): readonly Vec3[] {
  let left: Vec3 | undefined;
  let right: Vec3 | undefined;
  for (const source of sources) {
    const matrix = worldMatrix(source.gripSpace ?? source.targetRaySpace, renderer, rig);
    if (!matrix) continue;
    const { elements } = matrix;
    const place: Vec3 = [elements[12], elements[13], elements[14]];
    if (source.handedness === 'left') left = place;
    else if (source.handedness === 'right') right = place;
  }
  return left && right ? [left, right] : [];
}

function worldMatrix(space: XRSpace, renderer: WebGLRenderer, rig: Group): Matrix4 | undefined {
  const reference = renderer.xr.getReferenceSpace();
  const pose = reference && renderer.xr.getFrame()?.getPose(space, reference);
  return pose ? new Matrix4().fromArray(pose.transform.matrix).premultiply(rig.matrixWorld) : undefined;
}
