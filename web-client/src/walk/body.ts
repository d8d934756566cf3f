/**
 * The walker’s body on the page: loads the walking code when the first picture is whole, feeds it colliders,
 * and keeps the eye at its place until there is ground to stand on.
 */
import { Vector3 } from 'three';
import type { MeshBVH } from 'three-mesh-bvh';

import type { UploadQueue } from '../city/upload-queue';
import { sceneToWorld, type Vec3 } from '../core/frames';
import { EYE_HEIGHT_M } from '../net/session';
import type { ColliderMesh } from '../protocol/collider';
import type { Collider, Manifest } from '../protocol/messages';
import type { Cut } from '../section/cut';
import { NOTHING_AWAY, type Away } from '../variants/away';
import type { ColliderWorld } from './collider-world';
import type { GroundMaker } from './ground-maker';
import type { Intent } from './intent';
import type { Viewer } from './viewer';
import { turnHead, walkFrame } from './walk-mode';
import type { Walker } from './walker';

export interface BodyOptions {
  readonly queue: UploadQueue;
  readonly changed: () => void;
}

export interface Body {
  load(manifest: Manifest): Promise<void>;
  collider(message: Collider, mesh: ColliderMesh): void;
  /** The cell has content that is here already; false where it isn't. */
  adopt(message: Collider): Promise<boolean>;
  dropColliders(cells: readonly (readonly [number, number, number])[]): void;
  /** The city is made anew: its colliders gather until `changeOver`. */
  renew(manifest: Manifest): void;
  /** Stands on the new ground; where a house has come around it, at `start` (feet, world frame). */
  changeOver(start: Vec3): void;
  /** From now on one walks through what is away, and stands on what is there; `enclosed` hears when that stands around one. */
  leaveOut(away: Away, enclosed?: () => void): void;
  /** From now on one walks through what a cut takes away, but of these layers. */
  cut(cut: Cut | undefined, uncut: ReadonlySet<number>): void;
  /**
   * Where to stand as soon as the ground comes; feet, world frame. `from`: where to stand instead if
   * something is in between.
   */
  spawn(feet: Vec3, from?: Vec3): void;
  /** Puts the eye back on the body. */
  seat(viewer: Viewer): void;
  /** @returns whether it still moves by itself. */
  frame(viewer: Viewer, intent: Intent, seconds: number): boolean;
  readonly world: ColliderWorld | undefined;
  readonly walker: Walker | undefined;
  readonly grounded: boolean;
  /** Hashes of the content of all cells. */
  hashes(): string[];
  readonly cells: number;
  /** Whether the walking code is here, and no collider is on its way to the ground. */
  readonly settled: boolean;
}

const CHEST_M = 1;
/** Who meets something in all directions and above within so far stands in a house. */
const HOUSE_M = 60;
const DIRECTIONS = Array.from({ length: 8 }, (_, i) => new Vector3(Math.sin((i * Math.PI) / 4), 0, Math.cos((i * Math.PI) / 4)));
const UP = new Vector3(0, 1, 0);

export function createBody({ queue, changed }: BodyOptions): Body {
  let world: ColliderWorld | undefined;
  let walker: Walker | undefined;
  let away = NOTHING_AWAY;
  let spawnFeet: Vec3 = [0, 0, 0];
  let spawnFrom: Vec3 | undefined;
  const early: (() => void)[] = [];
  /** Makes the trees elsewhere; undefined where it can't, or not yet. */
  let make: GroundMaker | undefined;
  /** Colliders that have come and weren't dropped since, by cell. */
  const latest = new Map<string, Collider>();
  /** How many trees are being made, and when those are in the queue that were begun so far. */
  let grows = 0;
  let grown: Promise<void> = Promise.resolve();

  function soon(job: () => void): void {
    if (world) queue.add(job);
    else early.push(job);
    changed();
  }

  function add(message: Collider, mesh: ColliderMesh, tree?: MeshBVH): void {
    const { layer, layers, cell: [i, j], translation, hash } = message;
    if (latest.get(nameOf(layer, i, j)) !== message) return;
    world?.add({ layer, i, j, layers }, hash, mesh, sceneToWorld(translation), tree);
    settle();
  }

  async function grow(message: Collider, mesh: ColliderMesh, elsewhere: GroundMaker): Promise<void> {
    grows += 1;
    const { mesh: sorted, tree } = await elsewhere(mesh);
    grows -= 1;
    soon(() => add(message, sorted, tree));
  }

  function settle(): void {
    if (!walker || walker.grounded) return;
    const { x, y, z } = walker.feet;
    walker.place([x, y, z]);
    stayOnThisSide();
  }

  /** Nobody is put behind a wall. */
  function stayOnThisSide(): void {
    if (!walker?.grounded || !spawnFrom) return;
    const [x, y, z] = spawnFrom;
    const { feet } = walker;
    const chest = new Vector3(feet.x, feet.y + CHEST_M, feet.z);
    if (world?.blocked(new Vector3(x, y + CHEST_M, z), chest)) walker.place(spawnFrom);
    spawnFrom = undefined;
  }

  function isIndoors({ x, y, z }: Vector3): boolean {
    const chest = new Vector3(x, y + CHEST_M, z);
    return [UP, ...DIRECTIONS].every((direction) => world?.hit(chest, direction, HOUSE_M) !== undefined);
  }

  return {
    async load(manifest) {
      const [colliders, walking, makers] = await Promise.all([
        import('./collider-world'),
        import('./walker'),
        typeof Worker === 'undefined' ? undefined : import('./ground-maker'),
      ]);
      make = makers?.createGroundMaker();
      world = colliders.createColliderWorld(manifest.collider_cell_m, groundLayer(manifest));
      world.leaveOut(away);
      walker = walking.createWalker(world);
      walker.place(spawnFeet);
      stayOnThisSide();
      for (const job of early.splice(0)) queue.add(job);
      changed();
    },
    collider(message, mesh) {
      latest.set(nameOf(message.layer, ...message.cell), message);
      soon(() => {
        if (!make) return add(message, mesh);
        const before = grown;
        grown = grow(message, mesh, make).then(() => before);
      });
    },
    adopt({ layer, layers, cell: [i, j], translation, hash }) {
      if (!world) return Promise.resolve(false);
      return new Promise((resolve) =>
        soon(() => {
          const isHere = world?.adopt({ layer, i, j, layers }, hash, sceneToWorld(translation)) ?? false;
          settle();
          resolve(isHere);
        }),
      );
    },
    dropColliders(cells) {
      for (const cell of cells) latest.delete(nameOf(...cell));
      soon(() => {
        for (const [layer, i, j] of cells) world?.remove({ layer, i, j });
      });
    },
    renew(manifest) {
      latest.clear();
      soon(() => world?.renew(manifest.collider_cell_m, groundLayer(manifest)));
    },
    changeOver(start) {
      const change = (): void => {
        const wasIndoors = walker !== undefined && isIndoors(walker.feet);
        world?.changeOver();
        walker?.resettle();
        if (walker && !wasIndoors && isIndoors(walker.feet)) walker.place(start);
      };
      soon(() => {
        if (grows === 0) change();
        else void grown.then(() => soon(change));
      });
    },
    leaveOut(now, enclosed) {
      away = now;
      soon(() => {
        const wasIndoors = walker !== undefined && isIndoors(walker.feet);
        world?.leaveOut(away);
        walker?.resettle();
        if (walker && !wasIndoors && isIndoors(walker.feet)) enclosed?.();
      });
    },
    cut(cut, uncut) {
      soon(() => {
        world?.cut(cut, uncut);
        walker?.resettle();
      });
    },
    spawn(feet, from) {
      spawnFeet = feet;
      spawnFrom = from;
      walker?.place(feet);
      stayOnThisSide();
      changed();
    },
    seat(viewer) {
      const [x, y, z] = walker ? walker.feet.toArray() : spawnFeet;
      viewer.x = x;
      viewer.y = y + EYE_HEIGHT_M;
      viewer.z = z;
    },
    frame(viewer, intent, seconds) {
      if (walker?.grounded) return walkFrame(viewer, intent, walker, seconds);
      turnHead(viewer, intent, seconds);
      return false;
    },
    get world() {
      return world;
    },
    get walker() {
      return walker;
    },
    get grounded() {
      return walker?.grounded ?? false;
    },
    hashes: () => world?.hashes() ?? [],
    get cells() {
      return world?.cells ?? 0;
    },
    get settled() {
      return world !== undefined && grows === 0;
    },
  };
}

function nameOf(layer: number, i: number, j: number): string {
  return `${layer}/${i}/${j}`;
}

function groundLayer({ layers }: Manifest): number {
  return layers.findIndex(({ kind }) => kind === 'ground');
}
