/** What a walker stands on and bumps into: collider cells, each with its own BVH. */
import { Box3, DoubleSide, Line3, Ray, Triangle, Vector3, type Intersection } from 'three';
import type { MeshBVH } from 'three-mesh-bvh';

import type { Vec3 } from '../core/frames';
import type { ColliderMesh } from '../protocol/collider';
import { distanceToRest, firstThere } from '../section/collide';
import { mayCut, type Cut } from '../section/cut';
import { NOTHING_AWAY, type Away } from '../variants/away';
import { treeOf } from './ground-tree';

/** Steeper than this (cosine of the slope) is a wall. */
const WALKABLE = Math.cos((50 * Math.PI) / 180);

export interface Capsule {
  /** Ends of its axis, world frame. */
  readonly axis: Line3;
  radius: number;
}

export interface ColliderWorld {
  /** `translation` in the world frame; `ground` cells decide where one may walk; `tree` where it has been made already. */
  add(key: CellPlace, hash: string, mesh: ColliderMesh, translation: Vec3, tree?: MeshBVH): void;
  /** Adds a cell whose content is here already; false where it isn't. */
  adopt(key: CellPlace, hash: string, translation: Vec3): boolean;
  remove(key: CellKey): void;
  /** What is added from now on gathers beside what is there, until `changeOver`. */
  renew(cellSize: number, groundLayer: number): void;
  /** What has gathered takes the place of what was there. */
  changeOver(): void;
  /** From now on one walks through what is away, and bumps into all else. */
  leaveOut(away: Away): void;
  /** From now on one walks through what a cut takes away, but of these layers. */
  cut(cut: Cut | undefined, uncut: ReadonlySet<number>): void;
  /** Whether the ground of the cell at this place has come, with all that stands in it. */
  hasGround(x: number, z: number): boolean;
  /** Height of the highest floor between `top` and `bottom`, or −Infinity. */
  floorBelow(x: number, z: number, top: number, bottom: number): number;
  /** The same of what a foot finds that is set down here: the tread before it, or an edge that half of it is over. */
  footing(x: number, z: number, top: number, bottom: number): number;
  /** Height of the ground at this place, however high or low, or −Infinity. */
  groundAt(x: number, z: number): number;
  /**
   * Pushes the capsule sideways out of what it is in; moves `axis`.
   *
   * @returns how deep it still is in something, metres.
   */
  pushOut(capsule: Capsule): number;
  /** Whether the capsule is in nothing. */
  isFree(capsule: Capsule): boolean;
  /** Whether a straight way is blocked. */
  blocked(from: Vector3, to: Vector3): boolean;
  /** First hit of a ray, whatever its slope; `undefined` where there is none. */
  hit(origin: Vector3, direction: Vector3, far: number): ColliderHit | undefined;
  /** Hashes of all cells. */
  hashes(): string[];
  readonly cells: number;
}

export interface ColliderHit {
  readonly point: Vector3;
  readonly walkable: boolean;
}

export interface CellKey {
  readonly layer: number;
  readonly i: number;
  readonly j: number;
}

/** A cell, and the layers that have something in the same square. */
export interface CellPlace extends CellKey {
  readonly layers: readonly number[];
}

interface Cell {
  readonly layer: number;
  readonly hash: string;
  readonly mesh: ColliderMesh;
  /** All of it. */
  readonly whole: MeshBVH;
  /** What of it is there; undefined where nothing is. */
  bvh: MeshBVH | undefined;
  readonly offset: Vector3;
  /** Of all of it, world frame. */
  readonly box: Box3;
}

type SolidCell = Cell & { readonly bvh: MeshBVH };

/** The cells of one making of the city. */
interface Ground {
  readonly cellSize: number;
  readonly groundLayer: number;
  readonly cells: Map<string, Cell>;
  /** Squares whose ground is there: the layers that have something in them. */
  readonly grounds: Map<string, readonly number[]>;
}

function createGround(cellSize: number, groundLayer: number): Ground {
  return { cellSize, groundLayer, cells: new Map(), grounds: new Map() };
}

/** Where a foot feels for the floor beside its middle, metres. */
const FOOT_M = 0.15;
const FOOT = Array.from({ length: 6 }, (_, i) => [FOOT_M * Math.sin((i * Math.PI) / 3), FOOT_M * Math.cos((i * Math.PI) / 3)] as const);
const PUSHES = 5;
const TOUCH_M = 1e-3;
/** Higher than any ground (Chomolungma is 8.8 km). */
const HIGHEST_M = 10_000;

export function createColliderWorld(cellSize: number, groundLayer: number): ColliderWorld {
  let current = createGround(cellSize, groundLayer);
  let next: Ground | undefined;
  let away = NOTHING_AWAY;
  let cut: Cut | undefined;
  let uncut: ReadonlySet<number> = new Set();
  const ray = new Ray();
  const box = new Box3();
  const onTriangle = new Vector3();
  const onAxis = new Vector3();
  const local = new Line3();
  const normal = new Vector3();
  const way = new Vector3();

  const name = ({ layer, i, j }: CellKey): string => `${layer}/${i}/${j}`;

  function cellAt(x: number, z: number): string {
    return `${Math.floor(x / current.cellSize)}/${Math.floor(-z / current.cellSize)}`;
  }

  function* solid(): Generator<SolidCell> {
    for (const cell of current.cells.values()) if (cell.bvh) yield cell as SolidCell;
  }

  /** The cut, where it may take something out of a cell. */
  function cutIn({ layer, box: bounds }: Cell): Cut | undefined {
    return cut && !uncut.has(layer) && mayCut(cut, bounds) ? cut : undefined;
  }

  /** The first triangle of a cell under `ray`. */
  function firstOf(cell: SolidCell, far: number): Intersection | undefined {
    const through = cutIn(cell);
    if (through) return firstThere(cell.bvh, ray, far, cell.offset, through);
    return cell.bvh.raycastFirst(ray, DoubleSide, 0, far) ?? undefined;
  }

  function castRay(origin: Vector3, direction: Vector3, far: number): ColliderHit | undefined {
    let nearest = far;
    let found: ColliderHit | undefined;
    for (const cell of solid()) {
      ray.origin.copy(origin);
      ray.direction.copy(direction);
      if (!cell.box.containsPoint(origin) && !ray.intersectsBox(cell.box)) continue;
      ray.origin.sub(cell.offset);
      const hit = firstOf(cell, nearest);
      if (!hit || hit.distance >= nearest) continue;
      nearest = hit.distance;
      found = {
        point: hit.point.clone().add(cell.offset),
        walkable: Math.abs(hit.face?.normal.y ?? 0) >= WALKABLE,
      };
    }
    return found;
  }

  /** Of one layer, or of all; its slope is left in `normal`. */
  function highestFloor(x: number, z: number, top: number, bottom: number, only?: number): number {
    let height = -Infinity;
    for (const cell of solid()) {
      const { layer, box: bounds } = cell;
      if (only !== undefined && layer !== only) continue;
      if (x < bounds.min.x || x > bounds.max.x || z < bounds.min.z || z > bounds.max.z) continue;
      height = Math.max(height, floorIn(cell, x, z, top, Math.max(bottom, height)));
    }
    return height;
  }

  /** Of one cell, passing by what is too steep to stand on. */
  function floorIn(cell: SolidCell, x: number, z: number, top: number, bottom: number): number {
    const { offset } = cell;
    ray.direction.set(0, -1, 0);
    for (let from = top; from > bottom; ) {
      ray.origin.set(x - offset.x, from - offset.y, z - offset.z);
      const hit = firstOf(cell, from - bottom);
      if (!hit?.face) break;
      if (Math.abs(hit.face.normal.y) >= WALKABLE) {
        normal.copy(hit.face.normal);
        return hit.point.y + offset.y;
      }
      from = hit.point.y + offset.y - TOUCH_M;
    }
    return -Infinity;
  }

  function footing(x: number, z: number, top: number, bottom: number): number {
    const middle = highestFloor(x, z, top, bottom);
    let height = middle;
    for (const [dx, dz] of FOOT) {
      const there = highestFloor(x + dx, z + dz, top, bottom);
      if (there <= height) continue;
      // A slope that goes on to the middle of the foot is no step.
      const here = there + (normal.x * dx + normal.z * dz) / normal.y;
      height = Math.max(height, Math.min(here, Math.max(there, middle)));
    }
    return height;
  }

  /** One round of pushing; returns the deepest penetration found before it. */
  function pushOnce(capsule: Capsule, move: boolean): number {
    const { axis, radius } = capsule;
    let deepest = 0;
    box.makeEmpty().expandByPoint(axis.start).expandByPoint(axis.end).expandByScalar(radius);
    for (const cell of solid()) {
      if (!box.intersectsBox(cell.box)) continue;
      const { offset } = cell;
      const through = cutIn(cell);
      box.min.sub(offset);
      box.max.sub(offset);
      local.start.copy(axis.start).sub(offset);
      local.end.copy(axis.end).sub(offset);
      cell.bvh.shapecast({
        intersectsBounds: (bounds) => bounds.intersectsBox(box),
        intersectsTriangle: (triangle) => {
          const distance = through
            ? distanceToRest(triangle, local, onTriangle, onAxis, offset, through)
            : triangle.closestPointToSegment(local, onTriangle, onAxis);
          const depth = radius - distance;
          if (depth <= TOUCH_M) return false;
          deepest = Math.max(deepest, depth);
          if (!move) return false;
          sideways(triangle);
          axis.start.addScaledVector(normal, depth);
          axis.end.addScaledVector(normal, depth);
          local.start.addScaledVector(normal, depth);
          local.end.addScaledVector(normal, depth);
          return false;
        },
      });
      box.min.add(offset);
      box.max.add(offset);
    }
    return deepest;
  }

  /** Level direction out of a triangle, from `onTriangle` to `onAxis`, into `normal`. */
  function sideways(triangle: Triangle): void {
    normal.copy(onAxis).sub(onTriangle);
    normal.y = 0;
    if (normal.lengthSq() < 1e-12) {
      triangle.getNormal(normal);
      normal.y = 0;
    }
    if (normal.lengthSq() > 1e-12) normal.normalize();
  }

  function put(key: CellPlace, hash: string, mesh: ColliderMesh, whole: MeshBVH, [x, y, z]: Vec3): void {
    const offset = new Vector3(x, y, z);
    const bounds = whole.getBoundingBox(new Box3()).translate(offset);
    const ground = next ?? current;
    const cell = { layer: key.layer, hash, mesh, whole, bvh: whole, offset, box: bounds };
    ground.cells.set(name(key), cell);
    leaveOutOf(cell);
    if (key.layer === ground.groundLayer) ground.grounds.set(`${key.i}/${key.j}`, key.layers);
  }

  function leaveOutOf(cell: Cell): void {
    cell.bvh = away.layers.has(cell.layer) ? undefined : treeWithout(cell, away.keys);
  }

  const all = (): Cell[] => [...current.cells.values(), ...(next?.cells.values() ?? [])];

  return {
    add(key, hash, mesh, translation, tree = treeOf(mesh)) {
      put(key, hash, mesh, tree, translation);
    },
    adopt(key, hash, translation) {
      const same = all().find((cell) => cell.hash === hash);
      if (same) put(key, hash, same.mesh, same.whole, translation);
      return same !== undefined;
    },
    remove(key) {
      const ground = next ?? current;
      ground.cells.delete(name(key));
      if (key.layer === ground.groundLayer) ground.grounds.delete(`${key.i}/${key.j}`);
    },
    renew(cellSize, groundLayer) {
      next = createGround(cellSize, groundLayer);
    },
    changeOver() {
      current = next ?? current;
      next = undefined;
    },
    leaveOut(now) {
      away = now;
      for (const cell of all()) leaveOutOf(cell);
    },
    cut(now, layers) {
      cut = now;
      uncut = layers;
    },
    hasGround(x, z) {
      const square = cellAt(x, z);
      const layers = current.grounds.get(square);
      return layers?.every((layer) => away.layers.has(layer) || current.cells.has(`${layer}/${square}`)) ?? false;
    },
    floorBelow: (x, z, top, bottom) => highestFloor(x, z, top, bottom),
    footing,
    groundAt: (x, z) => highestFloor(x, z, HIGHEST_M, -HIGHEST_M, current.groundLayer),
    pushOut(capsule) {
      for (let round = 0; round < PUSHES; round += 1) {
        if (pushOnce(capsule, true) <= TOUCH_M) return 0;
      }
      return pushOnce(capsule, false);
    },
    isFree: (capsule) => pushOnce(capsule, false) === 0,
    blocked(from, to) {
      way.subVectors(to, from);
      const length = way.length();
      if (length < 1e-6) return false;
      return castRay(from, way.divideScalar(length), length) !== undefined;
    },
    hit: castRay,
    hashes: () => all().map(({ hash }) => hash),
    get cells() {
      return current.cells.size;
    },
  };
}

/** The tree of what isn't of these features; undefined where nothing is left. */
function treeWithout({ mesh, whole }: Cell, keys: ReadonlySet<number>): MeshBVH | undefined {
  const { features, indices } = mesh;
  const kept: Uint32Array[] = [];
  let at = 0;
  let left = 0;
  for (let i = 0; i < features.length; i += 2) {
    const end = at + 3 * features[i + 1];
    if (!keys.has(features[i])) {
      kept.push(indices.subarray(at, end));
      left += end - at;
    }
    at = end;
  }
  if (left === at) return whole;
  if (left === 0) return undefined;
  const rest = new Uint32Array(left);
  let filled = 0;
  for (const run of kept) {
    rest.set(run, filled);
    filled += run.length;
  }
  return treeOf(mesh, rest);
}
