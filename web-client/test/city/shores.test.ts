import { Matrix4, Vector4 } from 'three';
import { describe, expect, it } from 'vitest';

import type { Tile } from '../../src/city/city';
import { createShores } from '../../src/city/shores';
import { RIM_PLACES, rimTexture } from '../../src/city/sky';
import { WATER } from '../../src/city/surfaces';
import { createUploadQueue } from '../../src/city/upload-queue';
import { createManualClock } from '../../src/core/clock';

const EDGE = new Vector4(-200, -100, 200, 100);

/** A piece of water between two corners, x and z of the world frame. */
function water(x0: number, z0: number, x1: number, z1: number, kind = WATER): Tile {
  const corners = [[x0, z0], [x1, z0], [x1, z1], [x0, z1]];
  const source = {
    positions: new Float32Array(corners.flatMap(([x, z]) => [x / 2, 0, z / 2, 1])),
    indices: new Uint16Array([0, 1, 2, 0, 2, 3]),
    water: kind === WATER ? [[0, 6]] : [],
  };
  return { content: { source }, mesh: { matrixWorld: new Matrix4().makeScale(2, 1, 2) } } as unknown as Tile;
}

/** The rim in this direction, as the shader looks it up. */
function rimAt(rim: Uint8Array, x: number, z: number): number {
  return rim[Math.floor((Math.atan2(z / 100, x / 200) / (2 * Math.PI) + 0.5) * RIM_PLACES) % RIM_PLACES];
}

function rimOf(tiles: readonly Tile[]): Uint8Array {
  const texture = rimTexture();
  const queue = createUploadQueue(createManualClock());
  createShores(EDGE, texture, queue).tilesChanged(tiles);
  queue.run(Infinity);
  return texture.image.data as Uint8Array;
}

describe('the rim of the mapped city', () => {
  it('is wet where water reaches it', () => {
    const rim = rimOf([water(50, -40, 200, 30)]);
    expect(rimAt(rim, 200, 0)).toBe(255);
    expect(rimAt(rim, 200, 60)).toBe(0);
    expect(rimAt(rim, -200, 1)).toBe(0);
    expect(rimAt(rim, 0, 100)).toBe(0);
  });
  it('is dry beside a pond, and beside land', () => {
    expect(rimOf([water(-50, -40, 50, 40)]).every((place) => place === 0)).toBe(true);
    expect(rimOf([water(50, -40, 200, 30, 0)]).every((place) => place === 0)).toBe(true);
  });
  it('is dry where only a canal crosses it, even in a corner', () => {
    const canals = [water(-10, -100, 5, 0), water(180, 85, 200, 100)];
    expect(rimOf(canals).every((place) => place === 0)).toBe(true);
  });
  it('keeps what was seen when nearer tiles take over, and forgets it in another city', () => {
    const texture = rimTexture();
    const edge = EDGE.clone();
    const queue = createUploadQueue(createManualClock());
    const shores = createShores(edge, texture, queue);
    const rim = texture.image.data as Uint8Array;
    shores.tilesChanged([water(50, -40, 200, 30)]);
    shores.tilesChanged([]);
    queue.run(Infinity);
    expect(rimAt(rim, 200, 0)).toBe(255);
    edge.set(-300, -100, 300, 100);
    shores.tilesChanged([]);
    queue.run(Infinity);
    expect(rim.every((place) => place === 0)).toBe(true);
  });
});
