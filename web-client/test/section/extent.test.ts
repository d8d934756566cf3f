import { Matrix4 } from 'three';
import { expect, it } from 'vitest';

import type { Tile } from '../../src/city/city';
import type { Building } from '../../src/protocol/buildings';
import { isIn } from '../../src/section/cut';
import { extentOf } from '../../src/section/extent';

const TURN = Math.PI / 6;
const LAYERS = ['ground', 'buildings', 'shells'].map((name) => ({ name, title: '', kind: 'city-objects', reality: '', features: 1 }));
const HOUSE: Building = { id: 'a', name: '', box: [[-12, -12, 0], [12, 12, 9]], floor: 0, turn: TURN, storeys: [], rooms: [], variant: '' };

/** A tile at x = 5 with these points of its own building: metres across and along its axes, from the world's middle. */
function tile(layer: number, ...points: readonly (readonly [across: number, along: number])[]): Tile {
  const positions = new Float32Array(
    points.flatMap(([across, along]) => [
      across * Math.cos(TURN) + along * Math.sin(TURN) - 5,
      3,
      across * Math.sin(TURN) - along * Math.cos(TURN),
      1,
    ]),
  );
  const mesh = { matrixWorld: new Matrix4().makeTranslation(5, 0, 0) };
  return { place: { layer }, content: { source: { positions } }, mesh } as unknown as Tile;
}

it('is as large as what is drawn, along the building’s own axes', () => {
  const area = extentOf(HOUSE, [tile(2, [-4, -9], [4, 9]), tile(2, [1, 1])], LAYERS);
  expect(area).toMatchObject({ turn: TURN });
  expect(area.halfX).toBeCloseTo(4.1, 4);
  expect(area.halfY).toBeCloseTo(9.1, 4);
  expect(isIn(area, 0, 0)).toBe(true);
  expect(isIn(area, 11, 11), 'a corner of the box, where a neighbour stands').toBe(false);
});

it('has nothing of other layers, nor of what stands elsewhere', () => {
  const area = extentOf(HOUSE, [tile(1, [-10, 0]), tile(2, [2, 0], [-2, 0], [60, 0])], LAYERS);
  expect(area.halfX).toBeCloseTo(2.1, 4);
});

it('is the whole box while nothing of it is drawn', () => {
  expect(extentOf(HOUSE, [], LAYERS)).toMatchObject({ turn: 0, halfX: 12.1, halfY: 12.1 });
});
