import { describe, expect, it } from 'vitest';

import type { ColliderMesh } from '../../src/protocol/collider';
import { createColliderWorld, type ColliderWorld } from '../../src/walk/collider-world';
import { NOTHING_AWAY } from '../../src/variants/away';
import { createWalker, RADIUS_M, type Walker } from '../../src/walk/walker';

const CELL = 64;
const GROUND = 0;
const BUILDINGS = 1;

function mesh(positions: number[], quads: number[][]): ColliderMesh {
  return {
    positions: new Float32Array(positions),
    indices: new Uint32Array(quads.flatMap(([a, b, c, d]) => [a, b, c, a, c, d])),
    features: new Uint32Array(),
  };
}

/** Flat ground over the cell with x in [0, 64) and z in (−64, 0]. */
function ground(): ColliderMesh {
  return mesh([0, 0, 0, CELL, 0, 0, CELL, 0, -CELL, 0, 0, -CELL], [[0, 1, 2, 3]]);
}

/** A closed box standing on the ground. */
function box(x0: number, x1: number, z0: number, z1: number, height: number): ColliderMesh {
  const at = (y: number): number[] => [x0, y, z0, x1, y, z0, x1, y, z1, x0, y, z1];
  return mesh(
    [...at(0), ...at(height)],
    [
      [0, 1, 5, 4],
      [1, 2, 6, 5],
      [2, 3, 7, 6],
      [3, 0, 4, 7],
      [4, 5, 6, 7],
    ],
  );
}

function worldWith(...buildings: ColliderMesh[]): ColliderWorld {
  const world = createColliderWorld(CELL, GROUND);
  world.add({ layer: GROUND, i: 0, j: 0, layers: [] }, '', ground(), [0, 0, 0]);
  buildings.forEach((building, k) => world.add({ layer: BUILDINGS + k, i: 0, j: 0, layers: [] }, '', building, [0, 0, 0]));
  return world;
}

function walkerAt(world: ColliderWorld, x: number, z: number): Walker {
  const walker = createWalker(world);
  walker.place([x, 0.1, z]);
  return walker;
}

describe('walls', () => {
  it('stop a walker at arm’s length', () => {
    const walker = walkerAt(worldWith(box(20, 30, -40, -20, 6)), 10, -30);
    walker.walk(1.4, 0, 20);
    expect(walker.feet.x).toBeLessThanOrEqual(20 - RADIUS_M + 0.01);
    expect(walker.feet.x).toBeGreaterThan(20 - RADIUS_M - 0.12);
  });

  it('let one slide along', () => {
    const walker = walkerAt(worldWith(box(20, 30, -40, -20, 6)), 19, -38);
    walker.walk(1.4, 1.4, 10);
    expect(walker.feet.z).toBeGreaterThan(-30);
    expect(walker.feet.x).toBeLessThan(20);
  });

  it('stop a walker whose ticks are long', () => {
    const walker = walkerAt(worldWith(box(20, 20.1, -40, -20, 6)), 10, -30);
    for (let i = 0; i < 20; i += 1) walker.walk(6, 0, 0.5);
    expect(walker.feet.x).toBeLessThan(20);
  });
});

describe('the ground', () => {
  it('carries; the eye is 1.65 m above it', () => {
    const walker = walkerAt(worldWith(), 10, -10);
    walker.walk(1, 0, 1);
    expect(walker.feet.y).toBeCloseTo(0, 6);
    expect(walker.eyeHeight).toBeCloseTo(1.65, 3);
  });

  it('is climbed in steps up to 0.25 m and no higher', () => {
    const low = walkerAt(worldWith(box(20, 30, -40, -20, 0.24)), 15, -30);
    low.walk(1.4, 0, 6);
    expect(low.feet.x).toBeGreaterThan(21);
    expect(low.feet.y).toBeCloseTo(0.24, 3);
    const high = walkerAt(worldWith(box(20, 30, -40, -20, 0.5)), 15, -30);
    high.walk(1.4, 0, 6);
    expect(high.feet.x).toBeLessThan(20);
  });

  it('pulls a walker down from a ledge, softly', () => {
    const walker = createWalker(worldWith(box(20, 30, -40, -20, 3)));
    walker.place([29, 3.05, -30]);
    expect(walker.feet.y).toBeCloseTo(3, 3);
    walker.walk(1.4, 0, 1.2);
    expect(walker.feet.y).toBeGreaterThan(0);
    walker.walk(0, 0, 2);
    expect(walker.feet.y).toBeCloseTo(0, 3);
  });

  it('that has not come is not entered', () => {
    const walker = walkerAt(worldWith(), 60, -30);
    walker.walk(4, 0, 30);
    expect(walker.feet.x).toBeLessThanOrEqual(CELL - RADIUS_M + 1e-6);
    expect(walker.feet.y).toBeCloseTo(0, 6);
  });

  it('catches who is put beneath it', () => {
    const walker = walkerAt(worldWith(), 10, -10);
    walker.place([20, -300, -20]);
    expect(walker.grounded).toBe(true);
    expect(walker.feet.toArray()).toEqual([20, 0, -20]);
  });

  it('is waited for', () => {
    const world = createColliderWorld(CELL, GROUND);
    const walker = createWalker(world);
    walker.place([10, 0.1, -10]);
    walker.walk(1.4, 0, 5);
    expect(walker.grounded).toBe(false);
    expect(walker.feet.toArray()).toEqual([10, 0.1, -10]);
    world.add({ layer: GROUND, i: 0, j: 0, layers: [] }, '', ground(), [0, 0, 0]);
    walker.walk(1.4, 0, 1);
    expect(walker.grounded).toBe(true);
  });

  it('is not there before all that stands on it is, but what is away', () => {
    const upstairs = (layer: number) => ({ layer, i: 0, j: 0, layers: [GROUND, BUILDINGS, 7] });
    const world = createColliderWorld(CELL, GROUND);
    world.leaveOut({ ...NOTHING_AWAY, layers: new Set([7]) });
    world.add(upstairs(GROUND), '', ground(), [0, 0, 0]);
    const walker = createWalker(world);
    walker.place([25, 6.1, -30]);
    walker.walk(1.4, 0, 1);
    expect(walker.feet.toArray()).toEqual([25, 6.1, -30]);
    world.add(upstairs(BUILDINGS), '', box(20, 30, -40, -20, 6), [0, 0, 0]);
    walker.place([25, 6.1, -30]);
    expect(walker.feet.y).toBeCloseTo(6, 5);
    world.leaveOut(NOTHING_AWAY);
    walker.walk(1.4, 0, 1);
    expect(walker.feet.x).toBe(25);
  });
});

it('is the same whatever way time is cut', () => {
  const whole = walkerAt(worldWith(), 10, -10);
  const cut = walkerAt(worldWith(), 10, -10);
  whole.walk(1.4, 0, 2);
  for (let i = 0; i < 120; i += 1) cut.walk(1.4, 0, 1 / 60);
  expect(cut.feet.x).toBeCloseTo(whole.feet.x, 3);
});

for (const [seed, speed] of [[1, 1.4], [2, 6], [3, 1.4], [4, 6]]) {
  it(`no wall is crossed and nobody falls in a random walk (seed ${seed}, ${speed} m/s)`, () => {
    let state = seed;
    const next = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    const boxes: [number, number, number, number][] = Array.from({ length: 14 }, () => {
      const x = 4 + next() * 50;
      const z = -8 - next() * 50;
      return [x, x + 0.2 + next() * 6, z, z + 0.2 + next() * 6];
    });
    const inside = (x: number, z: number): boolean =>
      boxes.some(([x0, x1, z0, z1]) => x > x0 && x < x1 && z > z0 && z < z1);
    const walker = walkerAt(worldWith(...boxes.map(([x0, x1, z0, z1]) => box(x0, x1, z0, z1, 5))), 2, -2);
    let angle = 0;
    for (let step = 0; step < 4000; step += 1) {
      if (next() < 0.05) angle = next() * 2 * Math.PI;
      walker.walk(Math.cos(angle) * speed, Math.sin(angle) * speed, 1 / (20 + next() * 100));
      expect(inside(walker.feet.x, walker.feet.z)).toBe(false);
      expect(walker.feet.y).toBeCloseTo(0, 4);
    }
  });
}

describe('ground that is made anew', () => {
  it('gathers unseen, then takes the place of the former', () => {
    const world = worldWith(box(20, 30, -40, -20, 6));
    world.renew(2 * CELL, BUILDINGS);
    world.add({ layer: BUILDINGS, i: 0, j: 0, layers: [] }, '', ground(), [0, 5, 0]);
    expect(world.groundAt(10, -30)).toBe(0);
    expect(world.hasGround(100, -30)).toBe(false);
    world.remove({ layer: GROUND, i: 0, j: 0 });
    expect(world.cells).toBe(2);
    world.changeOver();
    expect(world.cells).toBe(1);
    expect(world.groundAt(10, -30)).toBe(5);
    expect(world.hasGround(100, -30)).toBe(true);
  });

  it.each([3, -3])('at %s m takes the walker where she stands, and her eye softly', (height) => {
    const world = worldWith();
    const walker = walkerAt(world, 10, -30);
    const eye = walker.eyeHeight;
    world.renew(CELL, GROUND);
    world.add({ layer: GROUND, i: 0, j: 0, layers: [] }, '', ground(), [0, height, 0]);
    world.changeOver();
    walker.resettle();
    expect(walker.feet.toArray()).toEqual([10, height, -30]);
    expect(walker.eyeHeight).toBeCloseTo(eye, 6);
    let before = eye;
    for (let frame = 0; frame < 60; frame += 1) {
      expect(walker.walk(0, 0, 1 / 30)).toBe(true);
      expect(Math.abs(walker.eyeHeight - before)).toBeLessThan(0.45);
      before = walker.eyeHeight;
    }
    expect(walker.eyeHeight).toBeCloseTo(eye + height, 2);
    walker.walk(0, 0, 3);
    expect(walker.walk(0, 0, 1)).toBe(false);
  });
});

describe('indoors', () => {
  /** A level slab between two heights. */
  function slab(x0: number, x1: number, bottom: number, top: number): ColliderMesh {
    const at = (y: number): number[] => [x0, y, -40, x1, y, -40, x1, y, -20, x0, y, -20];
    return mesh(
      [...at(bottom), ...at(top)],
      [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [0, 1, 5, 4],
        [1, 2, 6, 5],
        [2, 3, 7, 6],
        [3, 0, 4, 7],
      ],
    );
  }

  /** Open treads from x = 20 on, 5 cm thick. */
  function stair(treads: number, rise: number, going: number): ColliderMesh[] {
    return Array.from({ length: treads }, (_, k) =>
      slab(20 + k * going, 20 + (k + 1) * going + 0.02, (k + 1) * rise - 0.05, (k + 1) * rise),
    );
  }

  it.each([
    ['a comfortable', 0.17, 0.29],
    ['a steep', 0.2, 0.22],
    ['the inner side of a winding', 0.18, 0.13],
  ])('%s stair is climbed to the storey above, and down again', (_, rise, going) => {
    const treads = 12;
    const top = treads * rise;
    const end = 20 + treads * going;
    const walker = walkerAt(worldWith(...stair(treads, rise, going), slab(end, end + 6, top - 0.2, top)), 18, -30);
    walker.walk(1.4, 0, 6);
    expect(walker.feet.y).toBeCloseTo(top, 3);
    walker.walk(-1.4, 0, 6);
    expect(walker.feet.y).toBeCloseTo(0, 3);
  });

  it('one walks below a storey and on it', () => {
    const world = worldWith(slab(15, 30, 2.5, 2.8));
    const below = walkerAt(world, 10, -30);
    below.walk(1.4, 0, 8);
    expect(below.feet.x).toBeGreaterThan(21);
    expect(below.feet.y).toBeCloseTo(0, 5);
    const above = createWalker(world);
    above.place([16, 2.9, -30]);
    above.walk(1.4, 0, 8);
    expect(above.feet.y).toBeCloseTo(2.8, 5);
  });

  it('one stoops under a beam, and the eye with it', () => {
    const walker = walkerAt(worldWith(slab(20, 21, 1.5, 2.4)), 18, -30);
    walker.walk(1.4, 0, 1.8);
    expect(walker.feet.x).toBeGreaterThan(20.2);
    for (let frame = 0; frame < 60; frame += 1) walker.walk(0, 0, 1 / 60);
    expect(walker.eyeHeight).toBeLessThan(1.5);
    walker.walk(1.4, 0, 2);
    for (let frame = 0; frame < 60; frame += 1) walker.walk(0, 0, 1 / 60);
    expect(walker.eyeHeight).toBeCloseTo(1.65, 2);
  });

  it('what is lower than a stooping body is no way', () => {
    const walker = walkerAt(worldWith(slab(20, 22, 1.1, 2.4)), 18, -30);
    walker.walk(1.4, 0, 5);
    expect(walker.feet.x).toBeLessThan(20);
  });

  it('half a foot on the edge of a floor holds', () => {
    const world = worldWith(slab(15, 30, 2.5, 2.8));
    const walker = createWalker(world);
    walker.place([29.5, 2.9, -30]);
    walker.walk(1.2, 0, 0.5);
    expect(walker.feet.x).toBeGreaterThan(30.05);
    expect(walker.feet.y).toBeCloseTo(2.8, 5);
  });

  it('a slope isn’t felt as a step', () => {
    const ramp = mesh([20, 0, -40, 40, 8, -40, 40, 8, -20, 20, 0, -20], [[0, 1, 2, 3]]);
    const walker = walkerAt(worldWith(ramp), 18, -30);
    walker.walk(1.4, 0, 6);
    expect(walker.feet.y).toBeCloseTo((walker.feet.x - 20) * 0.4, 3);
  });
});
