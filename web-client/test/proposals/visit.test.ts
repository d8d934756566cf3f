import { Vector3 } from 'three';
import { expect, it } from 'vitest';

import type { Feature } from '../../src/pick/feature';
import { viewOf } from '../../src/proposals/visit';

const HOUSE = { variant: 'a', position: [100, 50, 10], headingDeg: 0, size: 12 } as const;
const NOTHING = { feature: undefined, point: undefined };

it('stands before the front, which looks south where nothing is turned', async () => {
  const { feet, yaw } = await viewOf(HOUSE, { spotAlong: () => Promise.resolve(NOTHING) });
  expect(feet).toEqual([100, 10, -50 + 15]);
  expect(yaw).toBeCloseTo(0);
});

it('goes round to where nothing stands in between', async () => {
  const spotAlong = (eye: Vector3, direction: Vector3) => {
    const isFromSouth = direction.z < -0.6;
    const { x, y, z } = eye.clone().addScaledVector(direction, isFromSouth ? 3 : 20);
    return Promise.resolve({ feature: undefined, point: [x, y, z] as const });
  };
  const { feet } = await viewOf(HOUSE, { spotAlong });
  expect(Math.abs(feet[0] - 100)).toBeGreaterThan(10);
});

it('stands before it although it meets its own walls', async () => {
  const feature = { id: 'a/wall' } as Feature;
  const spotAlong = (eye: Vector3) => Promise.resolve({ feature, point: [eye.x, eye.y, eye.z - 9] as const });
  expect((await viewOf(HOUSE, { spotAlong })).feet).toEqual([100, 10, -35]);
});

it('looks over any side where all are built up', async () => {
  const spotAlong = (eye: Vector3) => Promise.resolve({ feature: undefined, point: [eye.x, eye.y, eye.z] as const });
  expect((await viewOf(HOUSE, { spotAlong })).feet).toEqual([100, 10, -35]);
});
