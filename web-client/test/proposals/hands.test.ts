import { PerspectiveCamera, Vector3 } from 'three';
import { expect, it } from 'vitest';

import { KNOB_DEG, type Ghost } from '../../src/proposals/ghost';
import { createHands } from '../../src/proposals/hands';
import type { Placement } from '../../src/proposals/placement';
import type { Standing } from '../../src/proposals/standing';

/** Seen from straight above, 100 m up, north at the top: a metre is the same everywhere on the ground. */
function create(yaw = 0) {
  const camera = new PerspectiveCamera(90, 1, 0.1, 1000);
  camera.position.set(0, 100, 0);
  camera.rotation.x = -Math.PI / 2;
  camera.updateMatrixWorld(true);
  let placement: Placement = { at: [0, 0], lift: 0, headingDeg: 0 };
  const standing = {
    change: (next: Placement) => (placement = next),
    get placement() {
      return placement;
    },
  } as unknown as Standing;
  const ghost = { foot: new Vector3(), top: new Vector3(0, 10, 0) } as Ghost;
  const hands = createHands({ camera, viewer: { x: 0, y: 100, z: 0, yaw, pitch: 0 }, ghost, standing });
  return { hands, now: () => placement };
}

function key(code: string, shiftKey = false): KeyboardEvent {
  return { code, shiftKey } as KeyboardEvent;
}

it('moves as far as the pointer does on the ground', () => {
  const { hands, now } = create();
  const drag = hands.move({ x: 0.1, y: 0 }, 0);
  drag({ x: 0.3, y: 0.1 });
  expect(now().at[0]).toBeCloseTo(20);
  expect(now().at[1]).toBeCloseTo(10);
});

it('does not follow a pointer above the horizon', () => {
  const { hands, now } = create();
  const drag = hands.move({ x: 0, y: 0 }, 200);
  drag({ x: 0.5, y: 0.5 });
  expect(now().at).toEqual([0, 0]);
});

it('turns so that the knob is where the pointer is', () => {
  const { hands, now } = create();
  hands.turn()({ x: 0.4, y: 0 });
  expect(now().headingDeg).toBeCloseTo((90 - KNOB_DEG + 360) % 360);
});

it('moves by arrows as one looks, ten times as far with Shift', () => {
  const east = create(-Math.PI / 2);
  expect(east.hands.key(key('ArrowUp'))).toBe(true);
  expect(east.now().at.map((value) => Math.round(100 * value) / 100 + 0)).toEqual([0.5, 0]);
  const north = create();
  north.hands.key(key('ArrowUp', true));
  expect(north.now().at.map((value) => Math.round(value) + 0)).toEqual([0, 5]);
});

it('turns clockwise by E and lifts by Page Up, and leaves other keys alone', () => {
  const { hands, now } = create();
  hands.key(key('KeyE'));
  hands.key(key('PageUp'));
  expect(now()).toEqual({ at: [0, 0], lift: 0.1, headingDeg: 1 });
  expect(hands.key(key('KeyX'))).toBe(false);
});
