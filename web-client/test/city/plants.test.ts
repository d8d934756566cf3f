import { InstancedMesh, Matrix4, type InstancedBufferAttribute } from 'three';
import { beforeEach, describe, expect, it } from 'vitest';

import type { Point, Tile } from '../../src/city/city';
import { DISSOLVE_MS } from '../../src/city/dissolves';
import { createPlants, type PickedPlant, type Plants } from '../../src/city/plants';
import type { Surroundings } from '../../src/city/surroundings';
import { createUploadQueue, type UploadQueue } from '../../src/city/upload-queue';
import { createManualClock, type ManualClock } from '../../src/core/clock';

const EYE = { x: 0, y: 0, z: 0 };
const FAR = 100;

let clock: ManualClock;
let soft: boolean;
let plants: Plants;
let queue: UploadQueue;
let changes: number;

/** A tile with one tree for each seed, so many metres to the north. */
function tile(north: number, ...seeds: number[]): Tile {
  const shapes = new Float32Array(seeds.flatMap((seed) => [seed, 0, -north, 4, 8]));
  const grown = { shapes, rows: new Uint16Array(seeds.map((_, row) => row)), seeds: new Uint16Array(seeds), kinds: new Uint8Array(seeds.length) };
  return { content: { source: { plants: grown }, away: new Set() }, mesh: { matrixWorld: new Matrix4() } } as unknown as Tile;
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

function frame(eye: Point, picked?: PickedPlant): void {
  plants.frame(eye, picked);
  queue.run(Infinity);
}

beforeEach(() => {
  clock = createManualClock();
  soft = true;
  changes = 0;
  queue = createUploadQueue(clock);
  plants = createPlants({ uniforms: {} as Surroundings, clock, soft: () => soft, queue, changed: () => (changes += 1) });
  plants.tiles([tile(FAR, 1, 2)]);
  frame(EYE);
});

describe('plants of other tiles', () => {
  it('are there at once at first', () => {
    expect(sorted()).toEqual([[1, 0], [2, 0]]);
    expect(plants.dissolving).toBe(false);
  });
  it('are sorted out in a frame that has time for it, and tell', () => {
    expect(changes).toBe(1);
    plants.tiles([tile(FAR, 2, 3)]);
    plants.frame(EYE, undefined);
    plants.frame(EYE, undefined);
    expect([queue.size, changes]).toEqual([1, 1]);
    queue.run(0);
    expect([queue.size, changes]).toEqual([0, 2]);
  });
  it('come and go in the time of a change of level, and those in both stay', () => {
    plants.tiles([tile(FAR, 2, 3)]);
    frame(EYE);
    expect(sorted()).toEqual([[1, -1], [2, 0], [3, 1]]);
    expect(plants.dissolving).toBe(true);
    clock.advance(DISSOLVE_MS);
    frame(EYE);
    expect(sorted()).toEqual([[2, 0], [3, 0]]);
    expect(plants.dissolving).toBe(false);
  });
  it('change at once where motion is reduced', () => {
    soft = false;
    plants.tiles([tile(FAR, 2, 3)]);
    frame(EYE);
    expect(sorted()).toEqual([[2, 0], [3, 0]]);
  });
  it('go on dissolving while tiles without plants change', () => {
    const next = tile(FAR, 2, 3);
    plants.tiles([next]);
    frame(EYE);
    const bare = { content: { source: {} } } as unknown as Tile;
    plants.tiles([bare, next]);
    frame(EYE);
    expect(sorted()).toEqual([[1, -1], [2, 0], [3, 1]]);
  });
  it('are what they became as soon as that is asked for', () => {
    plants.tiles([tile(FAR, 3)]);
    frame(EYE);
    expect(plants.rest()).toBe(true);
    expect(plants.rest()).toBe(false);
    frame(EYE);
    expect(sorted()).toEqual([[3, 0]]);
  });
});

describe('a plant that comes near', () => {
  it('gets its leaves softly', () => {
    const near = { x: 0, y: 0, z: -FAR + 10 };
    frame(near);
    expect(drawn()).toEqual([[1, 1], [2, 1], [1, -1], [2, -1]]);
    clock.advance(DISSOLVE_MS);
    frame(near);
    expect(drawn()).toEqual([[1, 0], [2, 0]]);
  });
});
