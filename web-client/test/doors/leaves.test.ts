import { describe, expect, it } from 'vitest';

import { leavesOf, type DoorShape } from '../../src/doors/leaves';

type Box = readonly [x0: number, y0: number, z0: number, x1: number, y1: number, z1: number];

const FACES = [0, 2, 1, 1, 2, 3, 4, 5, 6, 5, 7, 6, 0, 1, 4, 1, 5, 4, 2, 6, 3, 3, 6, 7, 0, 4, 2, 2, 4, 6, 1, 3, 5, 3, 7, 5];

interface Shape {
  readonly boxes: readonly Box[];
  /** Jambs, head and sill of one piece, 5 cm wide, around 1 m by 2.05 m. */
  readonly isFramed?: boolean;
  /** Around the y axis. */
  readonly turn?: number;
}

/** Closed bodies; their faces share no corners but those in the same place. */
function door({ boxes, isFramed = false, turn = 0 }: Shape): DoorShape {
  const positions: number[] = [];
  const indices: number[] = [];
  const corner = (x: number, y: number, z: number): number => positions.push(x * Math.cos(turn) + z * Math.sin(turn), y, -x * Math.sin(turn) + z * Math.cos(turn)) / 3 - 1;
  for (const [x0, y0, z0, x1, y1, z1] of boxes) {
    const first = positions.length / 3;
    for (const z of [z0, z1]) for (const y of [y0, y1]) for (const x of [x0, x1]) corner(x, y, z);
    indices.push(...FACES.map((index) => first + index));
  }
  if (isFramed) {
    const loops = [0, 0.1].flatMap((z) => [0, 0.05].map((d) => [corner(d, d, z), corner(1 - d, d, z), corner(1 - d, 2.05 - d, z), corner(d, 2.05 - d, z)]));
    for (const [one, other] of [[0, 1], [2, 3], [0, 2], [1, 3]]) {
      for (let i = 0; i < 4; i += 1) {
        const [a, b, c, d] = [loops[one][i], loops[one][(i + 1) % 4], loops[other][(i + 1) % 4], loops[other][i]];
        indices.push(a, b, c, a, c, d);
      }
    }
  }
  return { positions: new Float32Array(positions), indices: new Uint32Array(indices) };
}

/** As wide as the opening, so that it has edges in common with the frame. */
const PANEL: Box = [0.05, 0.05, 0, 0.95, 2, 0.05];
const HANDLE: Box = [0.85, 1, -0.02, 0.9, 1.1, 0.02];

function widthOf({ positions }: DoorShape, corners: ReadonlySet<number>): readonly [number, number] {
  const along = [...corners].map((corner) => positions[3 * corner]);
  return [Math.min(...along), Math.max(...along)];
}

describe('the leaf of a door', () => {
  it('is what fills it, with its handle, and not the frame', () => {
    const shape = door({ boxes: [PANEL, HANDLE], isFramed: true });
    const leaves = leavesOf(shape);
    expect(leaves).toHaveLength(1);
    expect(leaves[0].corners.size).toBe(16);
    expect(widthOf(shape, leaves[0].corners)[1]).toBeCloseTo(0.95);
  });

  it('hangs on the side that the handle isn’t on', () => {
    const [leaf] = leavesOf(door({ boxes: [PANEL, HANDLE], isFramed: true }));
    expect([leaf.hinge.x, leaf.hinge.z, leaf.along.x]).toEqual([expect.closeTo(0.05), expect.closeTo(0.04), expect.closeTo(1)]);
    const [other] = leavesOf(door({ boxes: [PANEL, [0.1, 1, -0.02, 0.15, 1.1, 0.02]], isFramed: true }));
    expect([other.hinge.x, other.along.x]).toEqual([expect.closeTo(0.95), expect.closeTo(-1)]);
  });

  it('is found however the door stands', () => {
    const [leaf] = leavesOf(door({ boxes: [PANEL, HANDLE], isFramed: true, turn: 0.7 }));
    expect(leaf.corners.size).toBe(16);
    expect(Math.abs(leaf.along.x * Math.cos(0.7) - leaf.along.z * Math.sin(0.7))).toBeCloseTo(1, 3);
  });

  it('is everything where nothing is told apart', () => {
    const [leaf] = leavesOf(door({ boxes: [[0, 0, 0, 1, 2, 0.05]] }));
    expect(leaf.corners.size).toBe(8);
  });
});

it('the leaves of a pair hang on their outer sides', () => {
  const leaves = leavesOf(door({ boxes: [[0, 0, 0, 0.98, 2, 0.05], [1.02, 0, 0, 2, 2, 0.05]] }));
  expect(leaves.map(({ hinge }) => hinge.x).sort()).toEqual([expect.closeTo(0), expect.closeTo(2)]);
  expect(leaves[0].along.x * leaves[1].along.x).toBeCloseTo(-1);
});
