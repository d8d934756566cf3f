import type { Vector3 } from 'three';
import { describe, expect, it } from 'vitest';

import { createEyes } from '../../src/eyes/eyes';
import type { WorkshopContext } from '../../src/workshop';

/** A roof over x < 0 whose southern side is open, and a wall in the north of all. */
function eyes(soft = true) {
  const viewer = { x: 5, y: 1.65, z: 0, yaw: 0, pitch: 0 };
  const shown = { exposure: 1 };
  const hit = (origin: Vector3, direction: Vector3) => {
    const isUnderRoof = origin.x < 0 && direction.z < 0.1;
    return isUnderRoof || direction.z < -0.1 ? { point: origin, walkable: false } : undefined;
  };
  const context = {
    viewer,
    body: { world: { hit } },
    stage: { adapt: (factor: number) => (shown.exposure = factor) },
    soft: () => soft,
  } as unknown as WorkshopContext;
  return { viewer, shown, eyes: createEyes(context) };
}

describe('eyes', () => {
  it('see the street as it is, also beside a wall', () => {
    const { eyes: they, shown } = eyes();
    expect(they.frame(1)).toBe(false);
    expect(shown.exposure).toBe(1);
  });

  it('get used to a room little by little, and to the street again', () => {
    const { eyes: they, shown, viewer } = eyes();
    viewer.x = -5;
    expect(they.frame(0.1)).toBe(true);
    const first = shown.exposure;
    expect(first).toBeGreaterThan(1);
    while (they.frame(0.1));
    expect(shown.exposure).toBeGreaterThan(1.5 * first);
    viewer.x = 5;
    while (they.frame(0.1));
    expect(shown.exposure).toBe(1);
  });

  it('do so at once where nothing is to change softly', () => {
    const { eyes: they, viewer } = eyes(false);
    viewer.x = -5;
    they.frame(0.016);
    expect(they.frame(0.016)).toBe(false);
  });
});
