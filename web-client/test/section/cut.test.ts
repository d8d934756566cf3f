import { Box3, Vector3 } from 'three';
import { describe, expect, it } from 'vitest';

import { EVERYWHERE, isCutAway, isIn, mayCut, uncutLayers, type Area, type Cut } from '../../src/section/cut';

/** 20 m long, 8 m wide, its own north to the east. */
const TURNED: Area = { x: 100, z: -50, turn: Math.PI / 2, halfX: 4, halfY: 10 };
const ROOF_OFF: Cut = { area: TURNED, planes: [{ normal: [0, 1, 0], distance: 3 }] };
const BOTH: Cut = { area: TURNED, planes: [...ROOF_OFF.planes, { normal: [1, 0, 0], distance: 102 }] };

describe('a cut', () => {
  it('takes away what is beyond its plane, in its area', () => {
    expect(isCutAway(ROOF_OFF, 100, 3.1, -50)).toBe(true);
    expect(isCutAway(ROOF_OFF, 100, 2.9, -50)).toBe(false);
    expect(isCutAway(ROOF_OFF, 111, 3.1, -50)).toBe(false);
  });

  it('takes away what is beyond any of several planes', () => {
    expect(isCutAway(BOTH, 103, 1, -50)).toBe(true);
    expect(isCutAway(BOTH, 101, 4, -50)).toBe(true);
    expect(isCutAway(BOTH, 101, 1, -50)).toBe(false);
  });

  it('has an area that turns with the building', () => {
    expect(isIn(TURNED, 109, -50)).toBe(true);
    expect(isIn(TURNED, 100, -59)).toBe(false);
    expect(isIn({ ...TURNED, turn: 0 }, 109, -50)).toBe(false);
    expect(isIn({ ...TURNED, turn: 0 }, 100, -59)).toBe(true);
    expect(isIn(EVERYWHERE, 1e6, 1e6)).toBe(true);
  });

  it('never overlooks a box that it reaches into', () => {
    for (let turn = 0; turn < Math.PI; turn += 0.1) {
      const area = { ...TURNED, turn };
      for (let angle = 0; angle < 2 * Math.PI; angle += 0.2) {
        const place = new Vector3(100 + 9 * Math.sin(angle), 5, -50 + 9 * Math.cos(angle));
        if (isIn(area, place.x, place.z)) expect(mayCut({ ...ROOF_OFF, area }, new Box3(place, place))).toBe(true);
      }
    }
    expect(mayCut(ROOF_OFF, new Box3(new Vector3(0, 0, 0), new Vector3(50, 9, 9)))).toBe(false);
  });
});

it('leaves the ground, what lies on it, and plants as they are', () => {
  const kinds = ['ground', 'land', 'city-objects', 'vegetation', 'mesh'];
  const layers = kinds.map((kind) => ({ name: kind, title: '', kind, reality: '', features: 0 }));
  expect([...uncutLayers(layers)]).toEqual([0, 1, 3]);
});
