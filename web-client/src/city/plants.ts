/**
 * All plants of the shown tiles in a few draws: for each kind one mesh near the viewer, with leaves,
 * and a plain one beyond. Sorted out anew when tiles change or the viewer has moved a little.
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
} from 'three';

import type { Point, Tile } from './city';
import { PLANT_KINDS } from './plant-decode';
import { leafPicture, plantShape } from './plant-shapes';
import { RELIEF_LAYER } from './relief';
import {
  PLANT_FRAGMENT_AIR,
  PLANT_FRAGMENT_COLOUR,
  PLANT_FRAGMENT_HEAD,
  PLANT_FRAGMENT_NORMAL,
  PLANT_VERTEX_HEAD,
  PLANT_VERTEX_MAIN,
} from './shaders/plant';
import type { Surroundings } from './surroundings';

export interface Plants {
  readonly group: Group;
  /** The tiles on screen have changed. */
  tiles(shown: Iterable<Tile>): void;
  /** @returns whether other plants are drawn than before. */
  frame(eye: Point, picked: PickedPlant | undefined): boolean;
}

export interface PickedPlant {
  readonly tile: Tile;
  readonly row: number;
}

const NEAR_M = 50;
const MOST_NEAR = 60;
const MOST_FAR = 1600;
const STEP_M = 6;

interface Plant {
  readonly tile: Tile;
  readonly index: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  distance: number;
}

export function createPlants(uniforms: Surroundings): Plants {
  const group = new Group();
  const leaves = leafPicture();
  const kinds = PLANT_KINDS.map((_, kind) => ({
    near: createPool(plantShape(kind, true), createMaterial(uniforms, leaves), MOST_NEAR),
    far: createPool(plantShape(kind, false), createMaterial(uniforms, undefined), MOST_FAR),
  }));
  for (const { near, far } of kinds) group.add(near.mesh, far.mesh);
  let plants: Plant[] = [];
  let stale = true;
  let sorted: Point = { x: Infinity, y: 0, z: 0 };
  let marked: PickedPlant | undefined;

  function sortOut(eye: Point): void {
    for (const plant of plants) plant.distance = Math.hypot(plant.x - eye.x, plant.y - eye.y, plant.z - eye.z);
    plants.sort((a, b) => a.distance - b.distance);
    for (const { near, far } of kinds) near.mesh.count = far.mesh.count = 0;
    let close = 0;
    for (const plant of plants.slice(0, MOST_NEAR + MOST_FAR)) {
      const known = plant.tile.content.source.plants!;
      const pools = kinds[known.kinds[plant.index]];
      const isNear = plant.distance < NEAR_M && close < MOST_NEAR;
      if (isNear) close += 1;
      const isMarked = marked?.tile === plant.tile && marked.row === known.rows[plant.index];
      put(isNear ? pools.near : pools.far, plant, isMarked);
    }
    for (const { near, far } of kinds) {
      for (const { mesh, look } of [near, far]) {
        mesh.visible = mesh.count > 0;
        mesh.instanceMatrix.needsUpdate = look.needsUpdate = true;
      }
    }
  }

  return {
    group,
    tiles(shown) {
      plants = [...shown].flatMap(plantsOf);
      stale = true;
    },
    frame(eye, picked) {
      const moved = Math.hypot(eye.x - sorted.x, eye.y - sorted.y, eye.z - sorted.z) > STEP_M;
      const remarked = picked?.tile !== marked?.tile || picked?.row !== marked?.row;
      if (!stale && !moved && !remarked) return false;
      const others = stale;
      stale = false;
      sorted = { x: eye.x, y: eye.y, z: eye.z };
      marked = picked;
      sortOut(eye);
      return others;
    },
  };
}

function plantsOf(tile: Tile): Plant[] {
  const { plants } = tile.content.source;
  if (!plants) return [];
  const { elements } = tile.mesh.matrixWorld;
  return Array.from(plants.rows, (_, index) => ({
    tile,
    index,
    x: elements[12] + plants.shapes[5 * index],
    y: elements[13] + plants.shapes[5 * index + 1],
    z: elements[14] + plants.shapes[5 * index + 2],
    distance: 0,
  }));
}

interface Pool {
  readonly mesh: InstancedMesh;
  /** (P, 3): seed, kind, whether it is picked. */
  readonly look: InstancedBufferAttribute;
}

function createPool(geometry: BufferGeometry, material: MeshLambertMaterial, most: number): Pool {
  const mesh = new InstancedMesh(geometry, material, most);
  const look = new InstancedBufferAttribute(new Float32Array(3 * most), 3);
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

function put({ mesh, look }: Pool, { tile, index, x, y, z }: Plant, picked: boolean): void {
  const known = tile.content.source.plants!;
  const at = mesh.count;
  if (at >= look.count) return;
  const wide = known.shapes[5 * index + 3];
  turn.setFromAxisAngle(UP, (known.seeds[index] / 65_536) * 2 * Math.PI);
  mesh.setMatrixAt(at, matrix.compose(place.set(x, y, z), turn, size.set(wide, known.shapes[5 * index + 4], wide)));
  look.setXYZ(at, known.seeds[index] / 65_536, known.kinds[index], picked ? 1 : 0);
  mesh.count = at + 1;
}

/** @param leaves mask of the cards; without it a plain body is drawn. */
function createMaterial(uniforms: Surroundings, leaves: ReturnType<typeof leafPicture> | undefined): MeshLambertMaterial {
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
