import { describe, expect, it } from 'vitest';

import { createUploadQueue } from '../../src/city/upload-queue';
import { createManualClock } from '../../src/core/clock';
import type { ColliderMesh } from '../../src/protocol/collider';
import type { Collider, Manifest } from '../../src/protocol/messages';
import { createBody } from '../../src/walk/body';

const MANIFEST = { layers: [{ kind: 'ground' }], collider_cell_m: 64 } as unknown as Manifest;
const OTHER = { layers: [{ kind: 'land' }, { kind: 'ground' }], collider_cell_m: 128 } as unknown as Manifest;

/** Two triangles over x 0 to 64, scene y 0 to 64. */
const FLOOR: ColliderMesh = {
  positions: new Float32Array([0, 0, 0, 64, 0, 0, 64, 0, -64, 0, 0, -64]),
  indices: new Uint32Array([0, 1, 2, 0, 2, 3]),
  features: new Uint32Array(),
};

/** A closed room around the middle of the floor. */
const ROOM: ColliderMesh = (() => {
  const at = (y: number): number[] => [20, y, -20, 44, y, -20, 44, y, -44, 20, y, -44];
  const quads = [[0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7], [4, 5, 6, 7]];
  return {
    positions: new Float32Array([...at(-1), ...at(9)]),
    indices: new Uint32Array(quads.flatMap(([a, b, c, d]) => [a, b, c, a, c, d])),
    features: new Uint32Array(),
  };
})();

function cell(layer: number, z: number): Collider {
  return { t: 'collider', cell: [0, 0], layer, layers: [layer], translation: [0, 0, z], hash: '', encoding: 'identity', content: new Uint8Array() };
}

describe('a body in a city that is made anew', () => {
  async function standing() {
    const queue = createUploadQueue(createManualClock());
    const body = createBody({ queue, changed: () => undefined });
    body.spawn([32, 0, -32]);
    body.collider(cell(0, 0), FLOOR);
    return { queue, body };
  }

  it('stands on the former ground until the change', async () => {
    const { queue, body } = await standing();
    await body.load(MANIFEST);
    queue.run(Infinity);
    expect(body.grounded).toBe(true);
    body.renew(OTHER);
    body.collider(cell(1, 3), FLOOR);
    queue.run(Infinity);
    expect(body.walker?.feet.y).toBe(0);
    body.changeOver([5, 0, -5]);
    queue.run(Infinity);
    expect(body.walker?.feet.toArray()).toEqual([32, 3, -32]);
  });

  it('is on the new ground also where walking came later than the change', async () => {
    const { queue, body } = await standing();
    body.renew(OTHER);
    body.collider(cell(1, 3), FLOOR);
    body.changeOver([5, 0, -5]);
    await body.load(OTHER);
    queue.run(Infinity);
    expect(body.walker?.feet.toArray()).toEqual([32, 3, -32]);
  });

  it('goes to the start where a house has come around it', async () => {
    const { queue, body } = await standing();
    await body.load(MANIFEST);
    queue.run(Infinity);
    body.renew(MANIFEST);
    body.collider(cell(0, 0), FLOOR);
    body.collider(cell(1, 0), ROOM);
    body.changeOver([5, 0, -5]);
    queue.run(Infinity);
    expect(body.walker?.feet.toArray()).toEqual([5, 0, -5]);
  });

  it('doesn’t stand on what was dropped before it could be put in', async () => {
    const { queue, body } = await standing();
    body.dropColliders([[0, 0, 0]]);
    await body.load(MANIFEST);
    queue.run(Infinity);
    expect([body.cells, body.grounded]).toEqual([0, false]);
  });

  it('stands on the cells it has where they are said to be held', async () => {
    const { queue, body } = await standing();
    expect(await body.adopt(cell(0, 0))).toBe(false);
    await body.load(MANIFEST);
    queue.run(Infinity);
    body.renew(MANIFEST);
    const adopted = [body.adopt(cell(0, 0)), body.adopt({ ...cell(0, 0), hash: 'another' })];
    body.changeOver([5, 0, -5]);
    queue.run(Infinity);
    expect(await Promise.all(adopted)).toEqual([true, false]);
    expect([body.cells, body.grounded]).toEqual([1, true]);
    expect(body.walker?.feet.toArray()).toEqual([32, 0, -32]);
  });
});
