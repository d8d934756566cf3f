import { Line3, Vector3 } from 'three';
import { describe, expect, it } from 'vitest';
import { ExtendedTriangle } from 'three-mesh-bvh';

import { distanceToRest } from '../../src/section/collide';
import type { Area, Cut } from '../../src/section/cut';

const AREA: Area = { x: 0, z: 0, turn: 0, halfX: 20, halfY: 20 };
/** Half of a wall at z = −2, from x = −5 to 5 and up to 6 m. */
const WALL = new ExtendedTriangle(new Vector3(-5, 0, -2), new Vector3(5, 0, -2), new Vector3(-5, 6, -2));
const NOWHERE = new Vector3();
const onWall = new Vector3();
const onBody = new Vector3();

/** How far a body of 1.8 m, that stands before the wall, is from what is left of it. */
function distance(x: number, feet: number, cut: Cut, offset = NOWHERE): number {
  return distanceToRest(WALL, new Line3(new Vector3(x, feet, 0), new Vector3(x, feet + 1.8, 0)), onWall, onBody, offset, cut);
}

function above(height: number, area = AREA): Cut {
  return { area, planes: [{ normal: [0, 1, 0], distance: height }] };
}

describe('a body before a wall that is cut', () => {
  it('stands as far from it as from a whole one where it isn’t', () => {
    expect(distance(-4, 0, above(3))).toBeCloseTo(2, 6);
    expect(distance(-4, 3.5, above(3, { ...AREA, x: 100 }))).toBeCloseTo(2, 6);
  });

  it('is only as near as what is left', () => {
    expect(distance(-4, 3.5, above(3))).toBeCloseTo(Math.hypot(2, 0.5), 6);
    expect(onWall.y).toBeCloseTo(3, 6);
    expect(onBody.y).toBeCloseTo(3.5, 6);
  });

  it('meets nothing where all of it is away', () => {
    expect(distance(-4, 0, above(-1))).toBe(Infinity);
  });

  it('goes through the gap that a cut from the side leaves', () => {
    const halved: Cut = { area: AREA, planes: [{ normal: [1, 0, 0], distance: -1 }] };
    expect(distance(-3, 0, halved)).toBeCloseTo(2, 6);
    expect(distance(3, 0, halved)).toBeCloseTo(Math.hypot(2, 4), 6);
  });

  it('is measured in the world, wherever the wall’s own frame is', () => {
    expect(distance(-4, 3.5, above(103), new Vector3(0, 100, 0))).toBeCloseTo(Math.hypot(2, 0.5), 6);
  });
});
