/**
 * Trams, buses and ferries where they are now: one draw for each kind of body and one for their
 * shades. Nothing is drawn anew for those that stand, or that nobody sees.
 */
import { Color, DynamicDrawUsage, Group, InstancedBufferAttribute, InstancedMesh, type BufferGeometry, type Material } from 'three';

import type { Surroundings } from '../city/surroundings';
import { createPlates, lineOf } from './plates';
import type { Reckoning } from './reckoning';
import { createVehicleMaterial } from './vehicle-material';
import { createShadeMaterial, createShadeShape, SHADE_HIGH_M } from './vehicle-shade';
import { BODIES, createBodyShape, LENGTHS_M, type Body } from './vehicle-shape';

export interface Vehicle {
  readonly name: string;
  readonly body: Body;
  readonly way: Reckoning;
  /** 0 to 1: how much of it is drawn. */
  readonly shown: number;
}

export interface Vehicles {
  readonly root: Group;
  /** Puts them where they are, into buffers that are there already. */
  arrange(vehicles: Iterable<Vehicle>): void;
  dispose(): void;
}

/** Of each body; the server sends no more than are near. */
const MOST = 128;
const BROAD_M = 2.8;
/** Its shade lies so far above the ground. */
const ABOVE_M = 0.04;
const SHADED = { tram: shaded('tram'), bus: shaded('bus'), ferry: shaded('ferry') };
/** Liveries that also differ in lightness; linear colours. */
const LIVERIES = [0x8c1f1a, 0xe3b23c, 0x17607a, 0xe9e3d3, 0x2f4a2f, 0xc96f4a].map((hex) => new Color(hex));

export function createVehicles(surroundings: Surroundings): Vehicles {
  const plates = createPlates();
  const paint = createVehicleMaterial(surroundings, plates.texture);
  const dark = createShadeMaterial(surroundings);
  const fleets = new Map(BODIES.map((body) => [body, createFleet(createBodyShape(body), paint, MOST)]));
  const shades = createFleet(createShadeShape(), dark, MOST * BODIES.length);
  const all = [...fleets.values(), shades];
  const root = new Group();
  root.add(...all.map(({ mesh }) => mesh));
  for (const { mesh } of all) mesh.receiveShadow = true;

  return {
    root,
    arrange(vehicles) {
      for (const { mesh } of all) mesh.count = 0;
      for (const { name, body, way, shown } of vehicles) {
        const fleet = fleets.get(body)!;
        if (shown <= 0 || fleet.mesh.count >= MOST) continue;
        const line = lineOf(name);
        put(fleet, way, 0, ITSELF);
        const at = fleet.mesh.count - 1;
        LIVERIES[liveryOf(line || name)].toArray(fleet.mesh.instanceColor!.array, 3 * at);
        fleet.whose.setXY(at, plates.cellOf(line), shown);
        if (body !== 'ferry' && shown === 1) put(shades, way, ABOVE_M, SHADED[body]);
      }
      for (const { mesh, attributes } of all) {
        mesh.visible = mesh.count > 0;
        for (const attribute of attributes) {
          attribute.clearUpdateRanges();
          attribute.addUpdateRange(0, attribute.itemSize * mesh.count);
          attribute.needsUpdate = true;
        }
      }
    },
    dispose() {
      for (const { mesh } of all) {
        mesh.geometry.dispose();
        mesh.dispose();
      }
      paint.dispose();
      dark.dispose();
      plates.dispose();
    },
  };
}

/** Soft at its rim, which is farther out than the body. */
function shaded(body: Body): Size {
  return [BROAD_M, SHADE_HIGH_M, LENGTHS_M[body] * 1.1];
}

interface Fleet {
  readonly mesh: InstancedMesh;
  readonly attributes: readonly InstancedBufferAttribute[];
  /** (V, 2): cell of the number, how much is drawn. */
  readonly whose: InstancedBufferAttribute;
}

function createFleet(geometry: BufferGeometry, material: Material, most: number): Fleet {
  const mesh = new InstancedMesh(geometry, material, most);
  mesh.instanceColor = new InstancedBufferAttribute(new Float32Array(3 * most).fill(1), 3).setUsage(DynamicDrawUsage);
  mesh.instanceMatrix.setUsage(DynamicDrawUsage);
  const whose = new InstancedBufferAttribute(new Float32Array(2 * most), 2).setUsage(DynamicDrawUsage);
  geometry.setAttribute('whose', whose);
  // They are everywhere; a sphere around all of them would be in the picture anyway.
  mesh.frustumCulled = false;
  mesh.visible = false;
  return { mesh, whose, attributes: [mesh.instanceMatrix, mesh.instanceColor, whose] };
}

type Size = readonly [broad: number, high: number, long: number];

const ITSELF: Size = [1, 1, 1];

/** Writes the matrix itself: they turn around the upright alone. */
function put({ mesh }: Fleet, { x, y, z, yaw }: Reckoning, above: number, [broad, high, long]: Size): void {
  const { array } = mesh.instanceMatrix;
  const at = 16 * mesh.count;
  const cos = Math.cos(yaw);
  const sin = Math.sin(yaw);
  array[at] = cos * broad;
  array[at + 1] = 0;
  array[at + 2] = -sin * broad;
  array[at + 3] = 0;
  array[at + 4] = 0;
  array[at + 5] = high;
  array[at + 6] = 0;
  array[at + 7] = 0;
  array[at + 8] = sin * long;
  array[at + 9] = 0;
  array[at + 10] = cos * long;
  array[at + 11] = 0;
  array[at + 12] = x;
  array[at + 13] = y + above;
  array[at + 14] = z;
  array[at + 15] = 1;
  mesh.count += 1;
}

/** The same line has the same livery everywhere. */
export function liveryOf(line: string): number {
  let hash = 0;
  for (let i = 0; i < line.length; i += 1) hash = (hash * 31 + line.charCodeAt(i)) | 0;
  return Math.abs(hash) % LIVERIES.length;
}
