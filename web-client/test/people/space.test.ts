// @vitest-environment happy-dom
import { beforeEach, expect, it } from 'vitest';

import { createSpace } from '../../src/people/space';

const eye = { x: 0, y: 1.65, z: 0, yaw: 0 };

beforeEach(() => localStorage.clear());

it('whoever is nearer than a metre fades away', () => {
  const space = createSpace();
  expect(space.opacity(eye, 0, -1.01)).toBe(1);
  expect(space.opacity(eye, 0, -0.8)).toBeLessThan(0.6);
  expect(space.opacity(eye, 0.4, -0.3)).toBe(0);
});

it('can be switched off, and stays so', () => {
  createSpace().on = false;
  expect(createSpace().opacity(eye, 0, -0.1)).toBe(1);
  createSpace().on = true;
  expect(createSpace().opacity(eye, 0, -0.1)).toBe(0);
});
