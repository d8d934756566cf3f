import { Box3, Group, Material, Mesh, MeshBasicMaterial, type BufferGeometry } from 'three';
import { expect, it } from 'vitest';

import { readModel } from '../../src/proposals/model';
import { createGlbWriter } from '../fixtures/glb';

const solid = new MeshBasicMaterial();
const clear = new MeshBasicMaterial();

/** A GLB of a document and the bytes of its one buffer. */
function glb(document: object, binary: ArrayBuffer): Uint8Array {
  const writer = createGlbWriter();
  writer.view(new Uint8Array(binary));
  return writer.finish(document);
}

const CORNERS = new Float32Array([0, 0, 0, 1, 0, 0, 0, 0, -1]);
const ONE = {
  scenes: [{ nodes: [0] }],
  nodes: [{ mesh: 0, translation: [10, 2, -5], extras: { storey: 'ground', part: 'shell' } }],
  meshes: [{ primitives: [{ attributes: { POSITION: 0 }, material: 0 }] }],
  materials: [{ pbrMetallicRoughness: { baseColorFactor: [0.5, 0.25, 0.125, 0.5] }, alphaMode: 'BLEND' }],
  accessors: [{ bufferView: 0, componentType: 5126, count: 3, type: 'VEC3' }],
  bufferViews: [{ buffer: 0, byteLength: 36 }],
};

function meshesOf(model: Group): Mesh<BufferGeometry, Material>[] {
  const found: Mesh<BufferGeometry, Material>[] = [];
  model.traverse((part) => part instanceof Mesh && found.push(part as Mesh<BufferGeometry, Material>));
  return found;
}

it('reads where things stand, what colour they have, and what they are a part of', () => {
  const model = readModel(glb(ONE, CORNERS.buffer), solid, clear);
  const [mesh] = meshesOf(model);
  expect(new Box3().setFromObject(model)).toMatchObject({ min: { x: 10, y: 2, z: -6 }, max: { x: 11, y: 2, z: -5 } });
  expect([...mesh.geometry.getAttribute('color').array.slice(0, 3)]).toEqual([0.5, 0.25, 0.125]);
  expect(mesh.parent?.userData).toEqual({ storey: 'ground', part: 'shell' });
  expect(mesh.material).toBe(clear);
});

it('lights what has no normals as its faces lie', () => {
  const [mesh] = meshesOf(readModel(glb(ONE, CORNERS.buffer), solid, clear));
  expect([...mesh.geometry.getAttribute('normal').array.slice(0, 3)]).toEqual([0, 1, 0]);
});

it('reads whole numbers that stand for shares, and rows with gaps', () => {
  const rows = new Uint8Array(3 * 8);
  for (let i = 0; i < 3; i += 1) rows.set([255 * Number(i === 1), 0, 255 * Number(i === 2)], 8 * i);
  const accessors = [{ bufferView: 0, componentType: 5121, normalized: true, count: 3, type: 'VEC3' }];
  const packed = { ...ONE, accessors, bufferViews: [{ buffer: 0, byteLength: 24, byteStride: 8 }] };
  const [mesh] = meshesOf(readModel(glb(packed, rows.buffer), solid, clear));
  expect([...mesh.geometry.getAttribute('position').array]).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 1]);
});

it.each([
  ['a node that is its own child', { ...ONE, nodes: [{ children: [0] }] }],
  ['an accessor outside of its data', { ...ONE, accessors: [{ ...ONE.accessors[0], count: 4 }] }],
  ['a mesh without places', { ...ONE, meshes: [{ primitives: [{ attributes: {} }] }] }],
  ['a vertex that is not there', {
    ...ONE,
    meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1 }] }],
    accessors: [...ONE.accessors, { bufferView: 0, componentType: 5125, count: 3, type: 'SCALAR', byteOffset: 12 }],
  }],
])('refuses %s', (_, document) => {
  expect(() => readModel(glb(document, CORNERS.buffer), solid, clear)).toThrow(/preview/);
});

it('refuses what is no GLB', () => {
  expect(() => readModel(new Uint8Array(40), solid, clear)).toThrow();
});
