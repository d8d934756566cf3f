/**
 * What a cut takes away, for whatever is drawn, picked or walked against: all that lies in an area
 * and beyond one of the planes. What lies on the ground, and plants, are never cut.
 */
import type { Box3 } from 'three';

import type { SceneLayer } from '../protocol/messages';

/** A rectangle on the map. */
export interface Area {
  /** Middle, world frame. */
  readonly x: number;
  readonly z: number;
  /** Where its own y axis points: radians, clockwise from north. */
  readonly turn: number;
  /** Half of its length along its own x and y. */
  readonly halfX: number;
  readonly halfY: number;
}

/** What is beyond is where `normal · place > distance`; world frame, a normal of length 1. */
export interface CutPlane {
  readonly normal: readonly [number, number, number];
  readonly distance: number;
}

export interface Cut {
  readonly area: Area;
  /** Not more than MOST_PLANES. */
  readonly planes: readonly CutPlane[];
}

export const MOST_PLANES = 2;

/** All there is. */
export const EVERYWHERE: Area = { x: 0, z: 0, turn: 0, halfX: Infinity, halfY: Infinity };

/** Whether a point of something that can be cut isn't there. */
export function isCutAway({ area, planes }: Cut, x: number, y: number, z: number): boolean {
  return isIn(area, x, z) && planes.some(({ normal, distance }) => normal[0] * x + normal[1] * y + normal[2] * z > distance);
}

export function isIn({ x: middleX, z: middleZ, turn, halfX, halfY }: Area, x: number, z: number): boolean {
  const east = x - middleX;
  const south = z - middleZ;
  const across = east * Math.cos(turn) + south * Math.sin(turn);
  const along = east * Math.sin(turn) - south * Math.cos(turn);
  return Math.abs(across) <= halfX && Math.abs(along) <= halfY;
}

/** Whether a box of the world frame may have something that is cut; never no where it has. */
export function mayCut({ area }: Cut, { min, max }: Box3): boolean {
  const reach = Math.hypot(area.halfX, area.halfY);
  return area.x + reach >= min.x && area.x - reach <= max.x && area.z + reach >= min.z && area.z - reach <= max.z;
}

/** Layers that no cut goes through, by their numbers. */
export function uncutLayers(layers: readonly SceneLayer[]): ReadonlySet<number> {
  return new Set([...layers.keys()].filter((layer) => UNCUT_KINDS.has(layers[layer].kind)));
}

const UNCUT_KINDS: ReadonlySet<string> = new Set(['ground', 'land', 'vegetation']);
