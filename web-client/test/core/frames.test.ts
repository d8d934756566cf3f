import { Quaternion, Vector3 } from 'three';
import { expect, it } from 'vitest';

import {
  headingToYaw,
  sceneToWorld,
  viewerOrientation,
  worldToScene,
  worldToSceneOrientation,
  type Quat,
} from '../../src/core/frames';

it('goes to the world frame and back', () => {
  expect(sceneToWorld([1, 2, 3])).toEqual([1, 3, -2]);
  expect(worldToScene(sceneToWorld([1, 2, 3]))).toEqual([1, 2, 3]);
});

function gaze(headingDeg: number, pitch: number): number[] {
  const [x, y, z, w]: Quat = worldToSceneOrientation(viewerOrientation(headingToYaw(headingDeg), pitch));
  return new Vector3(0, 0, -1)
    .applyQuaternion(new Quaternion(x, y, z, w))
    .toArray()
    .map((value) => Math.round(value * 1000) / 1000 + 0);
}

it('orients the viewer as the wire wants it: along −z, y up, in east-north-up', () => {
  expect(gaze(0, 0)).toEqual([0, 1, 0]);
  expect(gaze(90, 0)).toEqual([1, 0, 0]);
  expect(gaze(180, 0)).toEqual([0, -1, 0]);
  expect(gaze(0, Math.PI / 2)).toEqual([0, 0, 1]);
});
