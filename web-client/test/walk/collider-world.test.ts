import { Vector3 } from 'three';
import { expect, it } from 'vitest';

import type { ColliderMesh } from '../../src/protocol/collider';
import { EVERYWHERE } from '../../src/section/cut';
import { layersAway, NOTHING_AWAY, type Away } from '../../src/variants/away';
import { featureKey } from '../../src/variants/key';
import { createColliderWorld } from '../../src/walk/collider-world';

const AHEAD: readonly [Vector3, Vector3] = [new Vector3(0, 1, 0), new Vector3(0, 1, -30)];

/** Upright squares 10 m wide across the way north, each the wall of a feature. */
function walls(...features: readonly (readonly [id: string, north: number])[]): ColliderMesh {
  const positions = features.flatMap(([, north]) => [-5, 0, -north, 5, 0, -north, 5, 5, -north, -5, 5, -north]);
  const indices = features.flatMap((_, i) => [0, 1, 2, 0, 2, 3].map((corner) => 4 * i + corner));
  return {
    positions: new Float32Array(positions),
    indices: new Uint32Array(indices),
    features: new Uint32Array(features.flatMap(([id]) => [featureKey(id), 2])),
  };
}

function awayOf(layers: readonly number[], features: readonly string[]): Away {
  return { ...layersAway(layers), keys: new Set(features.map(featureKey)) };
}

function world() {
  const made = createColliderWorld(64, 0);
  made.add({ layer: 1, i: 0, j: 0, layers: [] }, 'old', walls(['town/old', 10], ['town/neighbour', 20]), [0, 0, 0]);
  made.add({ layer: 2, i: 0, j: 0, layers: [] }, 'new', walls(['a/new', 15]), [0, 0, 0]);
  return made;
}

function metBy(made: ReturnType<typeof world>): number {
  return -(made.hit(AHEAD[0], new Vector3(0, 0, -1), 100)?.point.z ?? -Infinity);
}

it('walks through what makes room, and bumps into what stands behind it', () => {
  const made = world();
  made.leaveOut(awayOf([], ['town/old']));
  expect(metBy(made)).toBe(15);
  made.leaveOut(awayOf([2], ['town/old']));
  expect(metBy(made)).toBe(20);
  made.leaveOut(awayOf([2], ['town/old', 'town/neighbour']));
  expect(made.blocked(...AHEAD)).toBe(false);
});

it('has everything back when nothing is away', () => {
  const made = world();
  made.leaveOut(awayOf([1, 2], []));
  expect(made.blocked(...AHEAD)).toBe(false);
  made.leaveOut(NOTHING_AWAY);
  expect(metBy(made)).toBe(10);
});

it('leaves out what comes later, too', () => {
  const made = createColliderWorld(64, 0);
  made.leaveOut(awayOf([], ['town/old']));
  made.add({ layer: 1, i: 0, j: 0, layers: [] }, 'old', walls(['town/old', 10], ['town/neighbour', 20]), [0, 0, 0]);
  expect(metBy(made)).toBe(20);
  made.adopt({ layer: 1, i: 1, j: 0, layers: [] }, 'old', [0, 0, 5]);
  expect(metBy(made)).toBe(15);
});

it('walks through what a cut takes away, but not through layers that are never cut', () => {
  const made = world();
  const low = { area: EVERYWHERE, planes: [{ normal: [0, 1, 0], distance: 0.5 }] } as const;
  made.cut(low, new Set([2]));
  expect(metBy(made)).toBe(15);
  made.cut(low, new Set());
  expect(made.blocked(...AHEAD)).toBe(false);
  made.cut(undefined, new Set());
  expect(metBy(made)).toBe(10);
});
