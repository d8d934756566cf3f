import { beforeEach, expect, it } from 'vitest';

import type { Vec3 } from '../../src/core/frames';
import type { Manifest } from '../../src/protocol/messages';
import type { Body } from '../../src/walk/body';
import type { Modes } from '../../src/walk/modes';
import { createPlacing, type Placing } from '../../src/walk/placing';
import type { Viewer } from '../../src/walk/viewer';

const TOWN = { spawn_points: [{ name: '', position: [10, 20, 5], heading_deg: 90 }] } as unknown as Manifest;

let viewer: Viewer;
let spawned: { feet: Vec3; from: Vec3 | undefined }[];
let orbits: boolean[];
let placing: Placing;

beforeEach(() => {
  viewer = { x: 0, y: 0, z: 0, yaw: 0, pitch: 0 };
  spawned = [];
  orbits = [];
  placing = createPlacing({
    viewer,
    body: { spawn: (feet: Vec3, from?: Vec3) => spawned.push({ feet, from }), seat: () => undefined } as unknown as Body,
    modes: { orbiting: false, setOrbit: (on: boolean) => on } as unknown as Modes,
    manifest: () => TOWN,
    orbiting: (on) => orbits.push(on),
    changed: () => undefined,
  });
  placing.start(TOWN);
});

it('starts at the first spawn point, at the height of the eyes', () => {
  expect([viewer.x, viewer.y, viewer.z]).toEqual([10, 6.65, -20]);
  expect(spawned).toEqual([{ feet: [10, 5, -20], from: undefined }]);
});

it('those who enter where others are stand apart, and say where they came from', () => {
  const places = [1, 2, 3, 4, 5, 6].map((person) => {
    placing.start(TOWN);
    placing.aside(person);
    return [viewer.x, viewer.z];
  });
  for (const [x, z] of places) expect(Math.hypot(x - 10, z + 20)).toBeGreaterThanOrEqual(1.2 - 1e-9);
  for (const [i, [x, z]] of places.entries()) {
    for (const [u, v] of places.slice(i + 1)) expect(Math.hypot(x - u, z - v)).toBeGreaterThan(1);
  }
  expect(spawned.at(-1)?.from).toEqual([10, 5, -20]);
});

it('goes where a comment was made, on foot or from above', () => {
  placing.goTo({ kind: 'foot', feet: [1, 2, 3], yaw: 0.5, pitch: -0.1 });
  expect(spawned.at(-1)?.feet).toEqual([1, 3, -2]);
  expect([viewer.yaw, viewer.pitch]).toEqual([0.5, -0.1]);
  expect(orbits).toEqual([]);
  placing.goTo({ kind: 'above', target: [1, 2, 3], yaw: 0.5 });
  expect(orbits).toEqual([true]);
});
