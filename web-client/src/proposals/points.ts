/** Control points: a corner of the proposal and where it belongs, at least twice. */
import type { Vector3 } from 'three';

import { worldToScene, type Vec3 } from '../core/frames';
import type { Pair } from './service';

export interface Points {
  /** @returns whether the next click is on the model, and not in the city. */
  readonly wantsModel: boolean;
  /** Number of the point that is being given, from 1. */
  readonly number: number;
  readonly pairs: readonly Pair[];
  /** The corner whose place is still missing, preview frame. */
  readonly begun: Vec3 | undefined;
  model(point: Vec3): void;
  /** @param point world frame. */
  place(point: Vector3): void;
  clear(): void;
}

export const FEWEST = 2;
/** The server takes no more. */
export const MOST = 16;

export function createPoints(): Points {
  let pairs: readonly Pair[] = [];
  let begun: Vec3 | undefined;
  return {
    model(point) {
      begun = point;
    },
    place({ x, y, z }) {
      if (begun) pairs = [...pairs, { model: begun, scene: worldToScene([x, y, z]) }];
      begun = undefined;
    },
    clear() {
      pairs = [];
      begun = undefined;
    },
    get wantsModel() {
      return begun === undefined;
    },
    get number() {
      return pairs.length + 1;
    },
    get pairs() {
      return pairs;
    },
    get begun() {
      return begun;
    },
  };
}
