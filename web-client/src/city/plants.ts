/**
 * All plants of the shown tiles in a few draws: for each kind one mesh near the viewer, with leaves,
 * and a plain one beyond. Sorted out anew when tiles change or the viewer has moved a little; those
 * that come, go, or are drawn otherwise dissolve into each other as levels do (dissolves.ts).
 */
import {
  CustomBlending,
  DoubleSide,
  DynamicDrawUsage,
  Group,
  InstancedBufferAttribute,
  InstancedMesh,
  Matrix4,
  MeshLambertMaterial,
  OneFactor,
  Quaternion,
  Vector3,
  ZeroFactor,
  type BufferGeometry,
  type IUniform,
} from 'three';

import type { Clock } from '../core/clock';
import type { Point, Tile } from './city';
import { DISSOLVE_MS } from './dissolves';
import { PLANT_KINDS } from './plant-decode';
import { leafPicture, plantShape } from './plant-shapes';
import {
  PLANT_FRAGMENT_AIR,
  PLANT_FRAGMENT_COLOUR,
  PLANT_FRAGMENT_HEAD,
  PLANT_FRAGMENT_NORMAL,
  PLANT_VERTEX_HEAD,
  PLANT_VERTEX_MAIN,
} from './shaders/plant';
import { RELIEF_LAYER, type Surroundings } from './surroundings';
import type { UploadQueue } from './upload-queue';

export interface Plants {
  readonly group: Group;
  /** The tiles on screen have changed. */
  tiles(shown: Iterable<Tile>): void;
  /** Call with each frame. */
  frame(eye: Point, picked: PickedPlant | undefined): void;
  /** Whether plants are dissolving into others. */
  readonly dissolving: boolean;
  /** Ends that at once; false where none are. */
  rest(): boolean;
}

export interface PlantsOptions {
  readonly uniforms: Surroundings;
  readonly clock: Clock;
  /** Whether a change may take a moment to watch. */
  readonly soft: () => boolean;
  /** Where they are sorted out. */
  readonly queue: UploadQueue;
  /** Other plants are drawn than before. */
  readonly changed: () => void;
}

export interface PickedPlant {
  readonly tile: Tile;
  readonly row: number;
}

const NEAR_M = 50;
const MOST_NEAR = 60;
const MOST_FAR = 1600;
const STEP_M = 6;
/** The same plant is in several levels, and each tile rounds its place a little otherwise. */
const SAME_PLACE_M = 4;

const STAYS = 0;
const COMES = 1;
const GOES = -1;

interface Plant {
  readonly tile: Tile;
  readonly index: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  distance: number;
  /** STAYS, COMES or GOES. */
  phase: number;
  /** How it was drawn last. */
  wasNear: boolean | undefined;
  /** It is being drawn otherwise than before. */
  turns: boolean;
}

export function createPlants({ uniforms, clock, soft, queue, changed }: PlantsOptions): Plants {
  const group = new Group();
  const leaves = leafPicture();
  const grown = { value: 1 };
  const shared = { ...uniforms, grown };
  const kinds = PLANT_KINDS.map((_, kind) => ({
    near: createPool(plantShape(kind, true), createMaterial(shared, leaves), 2 * MOST_NEAR),
    far: createPool(plantShape(kind, false), createMaterial(shared, undefined), MOST_FAR),
  }));
  for (const { near, far } of kinds) group.add(near.mesh, far.mesh);
  let tiles: readonly Tile[] = [];
  let plants: Plant[] = [];
  /** When the dissolving began that is under way. */
  let startMs: number | undefined;
  let stale = true;
  let ended = false;
  let sorted: Point = { x: Infinity, y: 0, z: 0 };
  let marked: PickedPlant | undefined;
  let wanted: PickedPlant | undefined;
  let seenFrom = sorted;

  const sortOutSoon = queue.chore(() => {
    const others = stale;
    if (stale) replace(tiles.flatMap(plantsOf));
    stale = ended = false;
    sorted = seenFrom;
    marked = wanted;
    sortOut(sorted);
    grow();
    if (others) changed();
    return true;
  });

  function grow(): void {
    if (startMs !== undefined) grown.value = (clock.now() - startMs) / DISSOLVE_MS;
  }

  function sortOut(eye: Point): void {
    for (const plant of plants) plant.distance = Math.hypot(plant.x - eye.x, plant.y - eye.y, plant.z - eye.z);
    plants.sort((a, b) => a.distance - b.distance);
    for (const { near, far } of kinds) near.mesh.count = far.mesh.count = 0;
    let close = 0;
    const dissolving = startMs !== undefined;
    for (const plant of plants.slice(0, MOST_NEAR + MOST_FAR)) {
      const known = plant.tile.content.source.plants!;
      const pools = kinds[known.kinds[plant.index]];
      const wanted = plant.distance < NEAR_M && close < MOST_NEAR;
      // One change after the other: what has begun ends first.
      const isNear = dissolving ? (plant.wasNear ?? wanted) : wanted;
      if (isNear) close += 1;
      const isMarked = marked?.tile === plant.tile && marked.row === known.rows[plant.index];
      const [now, before] = isNear ? [pools.near, pools.far] : [pools.far, pools.near];
      if (plant.wasNear === !isNear) plant.turns = mayDissolve();
      plant.wasNear = isNear;
      put(now, plant, isMarked, plant.turns ? COMES : plant.phase);
      if (plant.turns) put(before, plant, isMarked, GOES);
    }
    for (const { near, far } of kinds) {
      for (const { mesh, look } of [near, far]) {
        mesh.visible = mesh.count > 0;
        mesh.instanceMatrix.needsUpdate = look.needsUpdate = true;
      }
    }
  }

  function mayDissolve(): boolean {
    if (!soft()) return false;
    startMs ??= clock.now();
    return true;
  }

  /** All are what they became. */
  function end(): void {
    startMs = undefined;
    plants = plants.filter(({ phase }) => phase !== GOES);
    for (const plant of plants) {
      plant.phase = STAYS;
      plant.turns = false;
    }
    ended = true;
  }

  /** Those that were there before stay; the others come, and those that are there no more go. */
  function replace(next: Plant[]): void {
    end();
    const before = new Map(plants.map((plant) => [keyOf(plant), plant]));
    const isFirst = plants.length === 0;
    for (const plant of next) {
      const same = before.get(keyOf(plant));
      before.delete(keyOf(plant));
      if (same) plant.wasNear = same.wasNear;
      else if (!isFirst && mayDissolve()) plant.phase = COMES;
    }
    const going = soft() ? [...before.values()] : [];
    for (const plant of going) if (mayDissolve()) plant.phase = GOES;
    plants = [...next, ...going];
  }

  return {
    group,
    tiles(shown) {
      const next = [...shown].filter(({ content }) => content.source.plants);
      if (next.length === tiles.length && next.every((tile, i) => tile === tiles[i])) return;
      tiles = next;
      stale = true;
    },
    get dissolving() {
      return startMs !== undefined;
    },
    rest() {
      if (startMs === undefined) return false;
      end();
      return true;
    },
    frame(eye, picked) {
      grow();
      if (grown.value >= 1 && startMs !== undefined) end();
      const moved = Math.hypot(eye.x - sorted.x, eye.y - sorted.y, eye.z - sorted.z) > STEP_M;
      const remarked = picked?.tile !== marked?.tile || picked?.row !== marked?.row;
      if (!stale && !moved && !remarked && !ended) return;
      seenFrom = { x: eye.x, y: eye.y, z: eye.z };
      wanted = picked;
      sortOutSoon();
    },
  };
}

function plantsOf(tile: Tile): Plant[] {
  const plants = tile.content.source.plants!;
  const { elements } = tile.mesh.matrixWorld;
  const there = [...plants.rows.keys()].filter((index) => !tile.content.away.has(plants.rows[index]));
  return there.map((index) => ({
    tile,
    index,
    x: elements[12] + plants.shapes[5 * index],
    y: elements[13] + plants.shapes[5 * index + 1],
    z: elements[14] + plants.shapes[5 * index + 2],
    distance: 0,
    phase: STAYS,
    wasNear: undefined,
    turns: false,
  }));
}

/** The same for a plant in every level. One number: 16 bits of seed, 3 of kind, 13 for each way of the place. */
function keyOf({ tile, index, x, z }: Plant): number {
  const { seeds, kinds } = tile.content.source.plants!;
  const east = Math.round(x / SAME_PLACE_M) & 0x1fff;
  const south = Math.round(z / SAME_PLACE_M) & 0x1fff;
  return ((south * 2 ** 13 + east) * 2 ** 3 + kinds[index]) * 2 ** 16 + seeds[index];
}

interface Pool {
  readonly mesh: InstancedMesh;
  /** (P, 4): seed, kind, whether it is picked, whether it comes, stays or goes. */
  readonly look: InstancedBufferAttribute;
}

function createPool(geometry: BufferGeometry, material: MeshLambertMaterial, most: number): Pool {
  const mesh = new InstancedMesh(geometry, material, most);
  const look = new InstancedBufferAttribute(new Float32Array(4 * most), 4);
  geometry.setAttribute('look', look);
  mesh.instanceMatrix.setUsage(DynamicDrawUsage);
  look.setUsage(DynamicDrawUsage);
  mesh.count = 0;
  mesh.frustumCulled = false;
  mesh.castShadow = mesh.receiveShadow = true;
  mesh.matrixAutoUpdate = mesh.matrixWorldAutoUpdate = false;
  mesh.layers.enable(RELIEF_LAYER);
  return { mesh, look };
}

const matrix = new Matrix4();
const place = new Vector3();
const turn = new Quaternion();
const size = new Vector3();
const UP = new Vector3(0, 1, 0);

function put({ mesh, look }: Pool, { tile, index, x, y, z }: Plant, picked: boolean, phase: number): void {
  const known = tile.content.source.plants!;
  const at = mesh.count;
  if (at >= look.count) return;
  const wide = known.shapes[5 * index + 3];
  turn.setFromAxisAngle(UP, (known.seeds[index] / 65_536) * 2 * Math.PI);
  mesh.setMatrixAt(at, matrix.compose(place.set(x, y, z), turn, size.set(wide, known.shapes[5 * index + 4], wide)));
  look.setXYZW(at, known.seeds[index] / 65_536, known.kinds[index], picked ? 1 : 0, phase);
  mesh.count = at + 1;
}

/** @param leaves mask of the cards; without it a plain body is drawn. */
function createMaterial(uniforms: Record<string, IUniform>, leaves: ReturnType<typeof leafPicture> | undefined): MeshLambertMaterial {
  const material = new MeshLambertMaterial({ side: DoubleSide });
  if (leaves) {
    material.alphaMap = leaves;
    material.alphaTest = 0.5;
    material.alphaToCoverage = true;
    // Coverage comes from alpha, but the canvas must stay opaque.
    material.blending = CustomBlending;
    material.blendSrc = OneFactor;
    material.blendDst = ZeroFactor;
    material.blendSrcAlpha = ZeroFactor;
    material.blendDstAlpha = OneFactor;
  }
  material.onBeforeCompile = (shader) => {
    Object.assign(shader.uniforms, uniforms);
    shader.vertexShader = shader.vertexShader
      .replace('#include <common>', `#include <common>\n${PLANT_VERTEX_HEAD}`)
      .replace('#include <begin_vertex>', `#include <begin_vertex>\n${PLANT_VERTEX_MAIN}`);
    shader.fragmentShader = shader.fragmentShader
      .replace('#include <common>', `#include <common>\n${PLANT_FRAGMENT_HEAD}`)
      .replace('#include <color_fragment>', PLANT_FRAGMENT_COLOUR)
      .replace('#include <normal_fragment_begin>', PLANT_FRAGMENT_NORMAL)
      .replace('#include <opaque_fragment>', `${PLANT_FRAGMENT_AIR}\n#include <opaque_fragment>`);
  };
  return material;
}
