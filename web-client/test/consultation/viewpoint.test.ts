import { expect, it } from 'vitest';

import { sceneYawPitch, viewpointOf } from '../../src/consultation/viewpoint';
import { viewerOrientation, worldToSceneOrientation } from '../../src/core/frames';
import type { Comment, Manifest } from '../../src/protocol/messages';

const TOWN = { extent: { min: [-200, -200, 0], max: [200, 200, 60] } } as unknown as Manifest;

function made(part: Partial<Comment>): Comment {
  const orientation = worldToSceneOrientation(viewerOrientation(1.2, -0.3));
  return { eye: [10, 20, 35], position: [14, 26, 34], orientation, ...part } as Comment;
}

it.each([
  [0, 0],
  [1.2, -0.3],
  [-3, 1],
])('finds yaw %d and pitch %d again', (yaw, pitch) => {
  const found = sceneYawPitch(worldToSceneOrientation(viewerOrientation(yaw, pitch)));
  expect(found.yaw).toBeCloseTo(yaw);
  expect(found.pitch).toBeCloseTo(pitch);
});

it('leads to where the feet stood', () => {
  const viewpoint = viewpointOf(made({}), TOWN);
  expect(viewpoint).toMatchObject({ kind: 'foot', feet: [10, 20, 33.35] });
});

it('leads above the place where it was made from above', () => {
  expect(viewpointOf(made({ eye: [900, 20, 300] }), TOWN)).toMatchObject({ kind: 'above', target: [14, 26, 34] });
});

it('leads nowhere outside the city', () => {
  expect(viewpointOf(made({ eye: [900, 20, 35] }), TOWN)).toBeUndefined();
});
