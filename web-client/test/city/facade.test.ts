import { expect, it } from 'vitest';

import {
  BAY_STEPS_PER_M,
  facades,
  LOWEST_STOREY_M,
  STOREY_STEP_M,
  STOREY_STEPS,
  TALL_GROUND_M,
} from '../../src/city/facade';
import { DOOR, FIRST_STOREYS, WALL, WINDOW } from '../../src/city/surfaces';
import { surfaceOf } from '../fixtures/surface';

/** One upright wall facing south (+z), from x = 0 to `width`, y = `bottom` to `top`. */
function wall(width: number, bottom: number, top: number) {
  const corners = [
    [0, bottom],
    [width, bottom],
    [width, top],
    [0, top],
  ];
  const positions = new Float32Array(corners.flatMap(([x, y]) => [x, y, 0, 1]));
  const normals = new Int8Array(corners.flatMap(() => [0, 0, 127, 0]));
  const kinds = new Uint8Array(corners.flatMap(() => [WALL, 0, 0, 0]));
  const features = new Uint16Array(corners.flatMap(() => [0, 0]));
  const indices = new Uint16Array([0, 1, 2, 0, 2, 3]);
  const bays = facades({ positions, normals, kinds, features, indices, scale: [1, 1, 1] });
  return { bays, kinds };
}

/** Height of a storey, and how much more the ground floor has. */
function storeys(kind: number): { storeyM: number; extraM: number } {
  const steps = kind - FIRST_STOREYS;
  const extraM = steps < STOREY_STEPS ? 0 : TALL_GROUND_M;
  return { storeyM: LOWEST_STOREY_M + (steps % STOREY_STEPS) * STOREY_STEP_M, extraM };
}

/** What the shader reads of a wall. */
function read({ bays, kinds }: ReturnType<typeof wall>) {
  return {
    columns: bays[2] / 256,
    metresUp: bays[5] / 256,
    surface: surfaceOf(kinds[0]),
    ...storeys(kinds[0]),
    first: kinds[1],
    last: kinds[2],
    bayM: kinds[3] / BAY_STEPS_PER_M,
  };
}

it('divides a wall into whole bays and storeys', () => {
  const drawn = read(wall(8.6, 0, 9.4));
  expect(drawn).toMatchObject({ columns: 3, surface: WALL, first: 0, last: 3 });
  expect(3 * drawn.storeyM + drawn.extraM).toBeCloseTo(9.4, 1);
  expect(drawn.extraM).toBeGreaterThan(0);
  expect(drawn.bayM).toBeCloseTo(8.6 / 3, 1);
  expect(drawn.metresUp).toBeCloseTo(9.4, 1);
});

it.each([2.5, 3, 3.5, 4, 4.5, 6, 9, 30])('draws no window above a wall %d m high', (height) => {
  const { storeyM, extraM, last } = read(wall(8, 0, height));
  expect(last).toBeGreaterThanOrEqual(1);
  expect((last - 1) * storeyM + extraM + 2.3).toBeLessThan(height);
});

it.each([0, 1, 2, 4, 6])('draws no window below the end of a wall that begins %d m above the house’s foot', (bottom) => {
  const low = [0, 0, 1, 0, 1, 9, 0, 9];
  const high = [2, bottom, 10, bottom, 10, 9, 2, 9];
  const corners = [...low, ...high];
  const positions = new Float32Array(corners.flatMap((_, i) => (i % 2 ? [] : [corners[i], corners[i + 1], i < 8 ? 0 : 5, 1])));
  const kinds = new Uint8Array(32);
  const normals = new Int8Array(Array.from({ length: 8 }, () => [0, 0, 127, 0]).flat());
  facades({ positions, normals, kinds, features: new Uint16Array(16), indices: new Uint16Array([0, 1, 2, 0, 2, 3, 4, 5, 6, 4, 6, 7]), scale: [1, 1, 1] });
  const { storeyM, extraM } = storeys(kinds[16]);
  expect(kinds[17] * storeyM + (kinds[17] > 0 ? extraM : 0) + 0.9).toBeGreaterThan(bottom);
});

it('leaves walls alone that are too narrow or too low for a window', () => {
  expect(read(wall(1.5, 0, 9)).bayM).toBe(0);
  expect(read(wall(9, 0, 2.3)).bayM).toBe(0);
});

it('counts a gable only up to its eaves', () => {
  const positions = new Float32Array([0, 0, 0, 1, 8, 0, 0, 1, 8, 6, 0, 1, 4, 10, 0, 1, 0, 6, 0, 1]);
  const normals = new Int8Array(Array.from({ length: 5 }, () => [0, 0, 127, 0]).flat());
  const kinds = new Uint8Array(20);
  const features = new Uint16Array(10);
  const indices = new Uint16Array([0, 1, 2, 0, 2, 4, 2, 3, 4]);
  facades({ positions, normals, kinds, features, indices, scale: [1, 1, 1] });
  expect(kinds[2]).toBe(2);
});

it.each([WINDOW, DOOR])('draws none on the walls of a feature that has its own', (own) => {
  const corner = (feature: number) => [feature, 0];
  const square = [0, 0, 8, 0, 8, 6, 0, 6];
  const positions = new Float32Array([0, 1, 2].flatMap((z) => [0, 2, 4, 6].flatMap((i) => [square[i], square[i + 1], z * 9, 1])));
  const kinds = new Uint8Array([WALL, own, WALL].flatMap((kind) => Array.from({ length: 4 }, () => [kind, 0, 0, 0]).flat()));
  const features = new Uint16Array([0, 0, 1].flatMap((feature) => [0, 1, 2, 3].flatMap(() => corner(feature))));
  const normals = new Int8Array(Array.from({ length: 12 }, () => [0, 0, 127, 0]).flat());
  const indices = new Uint16Array([0, 4, 8].flatMap((base) => [0, 1, 2, 0, 2, 3].map((i) => base + i)));
  facades({ positions, normals, kinds, features, indices, scale: [1, 1, 1] });
  expect(kinds[3]).toBe(0);
  expect(kinds[4 * 8 + 3]).toBeGreaterThan(0);
});
