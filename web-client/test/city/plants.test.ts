import { InstancedMesh, Matrix4, type InstancedBufferAttribute } from 'three';
import { beforeEach, describe, expect, it } from 'vitest';

import type { Tile } from '../../src/city/city';
import { DISSOLVE_MS } from '../../src/city/dissolves';
import { createPlants, type Plants } from '../../src/city/plants';
import type { Surroundings } from '../../src/city/surroundings';
import { createManualClock, type ManualClock } from '../../src/core/clock';

const EYE = { x: 0, y: 0, z: 0 };
const FAR = 100;

let clock: ManualClock;
let soft: boolean;
let plants: Plants;

/** A tile with one tree for each seed, so many metres to the north. */
function tile(north: number, ...seeds: number[]): Tile {
  const shapes = new Float32Array(seeds.flatMap((seed) => [seed, 0, -north, 4, 8]));
  const grown = { shapes, rows: new Uint16Array(seeds.map((_, row) => row)), seeds: new Uint16Array(seeds), kinds: new Uint8Array(seeds.length) };
  return { content: { source: { plants: grown } }, mesh: { matrixWorld: new Matrix4() } } as unknown as Tile;
}

/** Seeds of what is drawn, with 1 for what comes and −1 for what goes; in this order, near ones first. */
function drawn(): [number, number][] {
  return plants.group.children.flatMap((mesh) => {
    if (!(mesh instanceof InstancedMesh)) return [];
    const look = mesh.geometry.getAttribute('look') as InstancedBufferAttribute;
    return Array.from({ length: mesh.count }, (_, i): [number, number] => [Math.round(look.getX(i) * 65_536), look.getW(i)]);
  });
}

const sorted = (): [number, number][] => drawn().sort(([a], [b]) => a - b);

beforeEach(() => {
  clock = createManualClock();
  soft = true;
  plants = createPlants({ uniforms: {} as Surroundings, clock, soft: () => soft });
  plants.tiles([tile(FAR, 1, 2)]);
  plants.frame(EYE, undefined);
});

describe('plants of other tiles', () => {
  it('are there at once at first', () => {
    expect(sorted()).toEqual([[1, 0], [2, 0]]);
    expect(plants.dissolving).toBe(false);
  });
  it('come and go in the time of a change of level, and those in both stay', () => {
    plants.tiles([tile(FAR, 2, 3)]);
    plants.frame(EYE, undefined);
    expect(sorted()).toEqual([[1, -1], [2, 0], [3, 1]]);
    expect(plants.dissolving).toBe(true);
    clock.advance(DISSOLVE_MS);
    plants.frame(EYE, undefined);
    expect(sorted()).toEqual([[2, 0], [3, 0]]);
    expect(plants.dissolving).toBe(false);
  });
  it('change at once where motion is reduced', () => {
    soft = false;
    plants.tiles([tile(FAR, 2, 3)]);
    plants.frame(EYE, undefined);
    expect(sorted()).toEqual([[2, 0], [3, 0]]);
  });
  it('go on dissolving while tiles without plants change', () => {
    const next = tile(FAR, 2, 3);
    plants.tiles([next]);
    plants.frame(EYE, undefined);
    const bare = { content: { source: {} } } as unknown as Tile;
    plants.tiles([bare, next]);
    plants.frame(EYE, undefined);
    expect(sorted()).toEqual([[1, -1], [2, 0], [3, 1]]);
  });
  it('are what they became as soon as that is asked for', () => {
    plants.tiles([tile(FAR, 3)]);
    plants.frame(EYE, undefined);
    expect(plants.rest()).toBe(true);
    expect(plants.rest()).toBe(false);
    plants.frame(EYE, undefined);
    expect(sorted()).toEqual([[3, 0]]);
  });
});

describe('a plant that comes near', () => {
  it('gets its leaves softly', () => {
    const near = { x: 0, y: 0, z: -FAR + 10 };
    plants.frame(near, undefined);
    expect(drawn()).toEqual([[1, 1], [2, 1], [1, -1], [2, -1]]);
    clock.advance(DISSOLVE_MS);
    plants.frame(near, undefined);
    expect(drawn()).toEqual([[1, 0], [2, 0]]);
  });
});
