/** What somebody wants cut, and what that takes away. */
import { sceneToWorld } from '../core/frames';
import type { Building, Storey } from '../protocol/buildings';
import { EVERYWHERE, type Area, type Cut, type CutPlane } from './cut';

/** A cut straight down. */
export interface SideCut {
  /** Where what is away lies: radians, clockwise from north. */
  readonly heading: number;
  /** From the middle towards there, metres. */
  readonly offset: number;
}

export interface Settings {
  /** Only this is cut; undefined: everything. */
  readonly building: Building | undefined;
  /** Where that stands; the middle is where a cut from the side turns. */
  readonly area: Area;
  /** What is above it is away; undefined: nothing is. */
  readonly storey: Storey | undefined;
  /** Above its floor, metres. */
  readonly height: number;
  readonly side: SideCut | undefined;
}

export const NOTHING_CUT: Settings = { building: undefined, area: EVERYWHERE, storey: undefined, height: 0, side: undefined };

/** Above tables and sills, below the tops of doors: where architects cut their plans, nearly. */
const PLAN_HEIGHT_M = 1.5;
const LOWEST_M = 0.3;
/** A wall's own side isn't to be taken by a rounding. */
export const MARGIN_M = 0.1;
/** How far a cut through everything reaches from where one stands. */
const FAR_M = 60;

/** World frame. */
export interface Place {
  readonly x: number;
  readonly z: number;
}

export function cutOf({ building, area, storey, height, side }: Settings): Cut | undefined {
  const planes: CutPlane[] = [];
  if (building && storey) planes.push({ normal: [0, 1, 0], distance: storey.floor + height });
  if (side) {
    const [east, south] = [Math.sin(side.heading), -Math.cos(side.heading)];
    planes.push({ normal: [east, 0, south], distance: east * area.x + south * area.z + side.offset });
  }
  return planes.length > 0 ? { area, planes } : undefined;
}

/** All of its box. */
export function boxArea({ box: [low, high] }: Building): Area {
  const [x, , z] = sceneToWorld([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, 0]);
  return { x, z, turn: 0, halfX: (high[0] - low[0]) / 2 + MARGIN_M, halfY: (high[1] - low[1]) / 2 + MARGIN_M };
}

/** How far from the middle a side cut can stand and still cut something. */
export function reachOf({ building, area: { turn, halfX, halfY } }: Settings, heading: number): number {
  if (!building) return FAR_M;
  return halfX * Math.abs(Math.sin(heading - turn)) + halfY * Math.abs(Math.cos(heading - turn));
}

/** Lowest and highest place for a cut above a storey's floor, metres. */
export function heightsOf({ floor, ceiling }: Storey): readonly [number, number] {
  return [LOWEST_M, Math.max(LOWEST_M, Math.round(10 * (ceiling - floor)) / 10)];
}

/** Where a storey is cut at first. */
export function planHeight(storey: Storey): number {
  return Math.min(PLAN_HEIGHT_M, heightsOf(storey)[1]);
}

/** The one of a building's own four sides that looks most to where one stands: so the cut faces the eye, and runs along walls. */
export function headingTowards({ building, area: { x, z, turn } }: Settings, here: Place, yaw: number): number {
  if (!building) return -yaw + Math.PI;
  const towards = Math.atan2(here.x - x, -(here.z - z));
  const quarter = Math.PI / 2;
  return turn + Math.round((towards - turn) / quarter) * quarter;
}

/** The one that one stands in, or next to. */
export function nearestOf(buildings: readonly Building[], { x, z }: Place): Building | undefined {
  const away = (building: Building): number => {
    const area = boxArea(building);
    return Math.hypot(Math.max(0, Math.abs(x - area.x) - area.halfX), Math.max(0, Math.abs(z - area.z) - area.halfY));
  };
  return buildings.reduce<Building | undefined>((best, one) => (best && away(best) <= away(one) ? best : one), undefined);
}

/** The one whose floor is the highest below the feet, else the lowest. */
export function storeyAt({ storeys }: Building, feet: number): Storey | undefined {
  return storeys.filter(({ floor }) => floor <= feet + LOWEST_M).at(-1) ?? storeys.at(0);
}
