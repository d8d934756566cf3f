import { expect, it } from 'vitest';

import { facades } from '../../src/city/facade';
import { WALL } from '../../src/city/surfaces';

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

it('divides a wall into whole bays and storeys', () => {
  const { bays, kinds } = wall(8.6, 0, 9.4);
  expect([...bays].map((value) => Math.round(value / 256))).toEqual([0, 0, 3, 0, 3, 3, 0, 3]);
  expect([...kinds.slice(0, 4)]).toEqual([WALL, 0, 3, 255]);
});

it('leaves walls alone that are too narrow or too low for a window', () => {
  expect(wall(1.5, 0, 9).kinds[3]).toBe(0);
  expect(wall(9, 0, 1.5).kinds[3]).toBe(0);
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
