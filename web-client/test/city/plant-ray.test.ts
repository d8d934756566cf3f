import { Ray, Vector3 } from 'three';
import { expect, it } from 'vitest';

import type { Plants } from '../../src/city/plant-decode';
import { raycastPlants } from '../../src/city/plant-ray';

/** Two trees in a line to the north, 6 m wide and 10 m high. */
const PLANTS: Plants = {
  shapes: new Float32Array([0, 0, -20, 6, 10, 0, 0, -40, 6, 10]),
  rows: new Uint16Array([7, 9]),
  seeds: new Uint16Array(2),
  kinds: new Uint8Array(2),
};
const towards = (x: number, y: number, z: number) => raycastPlants(PLANTS, new Ray(new Vector3(0, 1.7, 0), new Vector3(x, y, z).normalize()));

it('meets the nearest crown', () => {
  const hit = towards(0, 4.3, -20);
  expect(hit?.row).toBe(7);
  expect(hit!.point.z).toBeCloseTo(-17, 0);
});

it('meets a trunk under the crown, and nothing beside it', () => {
  expect(towards(0, 0, -1)?.row).toBe(7);
  expect(towards(2.4, 0, -20)).toBeUndefined();
});

it('meets nothing behind the eye', () => expect(towards(0, 0.2, 1)).toBeUndefined());
