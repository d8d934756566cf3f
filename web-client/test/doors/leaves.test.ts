import { describe, expect, it } from 'vitest';

import { leavesOf, type DoorShape } from '../../src/doors/leaves';

type Box = readonly [x0: number, y0: number, z0: number, x1: number, y1: number, z1: number];

const FACES = [0, 2, 1, 1, 2, 3, 4, 5, 6, 5, 7, 6, 0, 1, 4, 1, 5, 4, 2, 6, 3, 3, 6, 7, 0, 4, 2, 2, 4, 6, 1, 3, 5, 3, 7, 5];

/** Closed boxes that share no corners but those in the same place, turned about the y axis. */
function door(boxes: readonly Box[], turn = 0): DoorShape {
  const positions: number[] = [];
  const indices: number[] = [];
  for (const [x0, y0, z0, x1, y1, z1] of boxes) {
    const first = positions.length / 3;
    for (const z of [z0, z1]) for (const y of [y0, y1]) for (const x of [x0, x1]) positions.push(x * Math.cos(turn) + z * Math.sin(turn), y, -x * Math.sin(turn) + z * Math.cos(turn));
    indices.push(...FACES.map((corner) => first + corner));
  }
  return { positions: new Float32Array(positions), indices: new Uint32Array(indices) };
}

/** Jambs and head of one piece: their corners meet. */
const FRAME: readonly Box[] = [
  [0, 0, 0, 0.05, 2, 0.1],
  [0.95, 0, 0, 1, 2, 0.1],
  [0, 2, 0, 0.05, 2.05, 0.1],
  [0.05, 2, 0, 0.95, 2.05, 0.1],
  [0.95, 2, 0, 1, 2.05, 0.1],
];
const PANEL: Box = [0.06, 0, 0.03, 0.94, 1.99, 0.07];
const HANDLE: Box = [0.85, 1, -0.02, 0.9, 1.1, 0.02];

function widthOf({ positions }: DoorShape, corners: ReadonlySet<number>): readonly [number, number] {
  const along = [...corners].map((corner) => positions[3 * corner]);
  return [Math.min(...along), Math.max(...along)];
}

describe('the leaf of a door', () => {
  it('is what fills it, with its handle, and not the frame', () => {
    const shape = door([...FRAME, PANEL, HANDLE]);
    const leaves = leavesOf(shape);
    expect(leaves).toHaveLength(1);
    expect(leaves[0].corners.size).toBe(16);
    expect(widthOf(shape, leaves[0].corners)[1]).toBeCloseTo(0.94);
  });

  it('hangs on the side that the handle isn’t on', () => {
    const [leaf] = leavesOf(door([...FRAME, PANEL, HANDLE]));
    expect([leaf.hinge.x, leaf.hinge.z, leaf.along.x]).toEqual([expect.closeTo(0.06), expect.closeTo(0.04), expect.closeTo(1)]);
    const [other] = leavesOf(door([...FRAME, PANEL, [0.1, 1, -0.02, 0.15, 1.1, 0.02]]));
    expect([other.hinge.x, other.along.x]).toEqual([expect.closeTo(0.94), expect.closeTo(-1)]);
  });

  it('is found however the door stands', () => {
    const [leaf] = leavesOf(door([...FRAME, PANEL, HANDLE], 0.7));
    expect(leaf.corners.size).toBe(16);
    expect(Math.abs(leaf.along.x * Math.cos(0.7) - leaf.along.z * Math.sin(0.7))).toBeCloseTo(1, 3);
  });

  it('is everything where nothing is told apart', () => {
    const [leaf] = leavesOf(door([[0, 0, 0, 1, 2, 0.05]]));
    expect(leaf.corners.size).toBe(8);
  });
});

it('the leaves of a pair hang on their outer sides', () => {
  const leaves = leavesOf(door([[0, 0, 0, 0.98, 2, 0.05], [1.02, 0, 0, 2, 2, 0.05]]));
  expect(leaves.map(({ hinge }) => hinge.x).sort()).toEqual([expect.closeTo(0), expect.closeTo(2)]);
  expect(leaves[0].along.x * leaves[1].along.x).toBeCloseTo(-1);
});
