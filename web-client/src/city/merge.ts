/** The primitives of one mesh of a tile as one, with what the shader needs at each vertex. */
import { ProtocolError } from '../protocol/fields';
import { accessorReader, INT16, UINT16, type Glb, type GltfPrimitive } from '../protocol/glb';
import type { TileGeometry } from './decode';
import { pictureOf, textureOf, type Picture } from './pictures';
import { surfaceIndex, WATER, WINDOW } from './surfaces';

/** Row of a vertex that belongs to no feature, or to one that its copy tells. */
export const NO_FEATURE = 0xffff;
const OPAQUE = 255;
const MAX_VERTICES = 4_000_000;
export const MAX_INDICES = 24_000_000;

export type Merged = Pick<TileGeometry, 'positions' | 'normals' | 'features' | 'kinds' | 'paints' | 'uvs' | 'pictures' | 'indices' | 'water'>;

/** Cost is linear in vertices. */
export function merge(glb: Glb, primitives: readonly GltfPrimitive[]): Merged {
  const parts = primitives.map((primitive) => {
    const { POSITION, NORMAL, TEXCOORD_0, COLOR_0, _FEATURE_ID_0: FEATURE } = primitive.attributes;
    const material = glb.json.materials?.[primitive.material ?? -1];
    return {
      surface: surfaceIndex(material?.name),
      texture: textureOf(glb, primitive.material),
      masked: material?.alphaMode === 'MASK',
      uv: TEXCOORD_0 === undefined ? undefined : accessorReader(glb, TEXCOORD_0, 'VEC2'),
      colour: COLOR_0 === undefined ? undefined : accessorReader(glb, COLOR_0, 'VEC4'),
      position: accessorReader(glb, POSITION, 'VEC3'),
      normal: accessorReader(glb, NORMAL, 'VEC3'),
      feature: FEATURE === undefined ? undefined : accessorReader(glb, FEATURE, 'SCALAR'),
      index: accessorReader(glb, primitive.indices, 'SCALAR'),
      // Panes face inward in many a city's data; without their backs one looks through the house. One that lets
      // light through is a mirror where it faces to, and clear from behind, as glass is by day.
      sides: surfaceIndex(material?.name) === WINDOW && material?.alphaMode !== 'BLEND' ? 2 : 1,
    };
  });
  // What has the same image is one run, behind what has none.
  parts.sort((a, b) => a.texture - b.texture);
  const vertices = parts.reduce((sum, part) => sum + part.position.count, 0);
  const count = parts.reduce((sum, part) => sum + part.sides * part.index.count, 0);
  if (vertices > MAX_VERTICES || count > MAX_INDICES || count % 3 !== 0) {
    throw new ProtocolError('a tile has too many or half triangles');
  }
  const quantised = parts.every((part) => part.position.componentType === INT16);
  const positions = quantised ? new Int16Array(vertices * 4) : new Float32Array(vertices * 4);
  const normals = new Int8Array(vertices * 4);
  const features = new Uint16Array(vertices * 2);
  const kinds = new Uint8Array(vertices * 4);
  const paints = parts.some((part) => part.colour) ? noPaint(vertices) : undefined;
  const uvs = parts.some((part) => part.texture >= 0) ? new Float32Array(vertices * 2) : undefined;
  const pictures: Picture[] = [];
  const water: [number, number][] = [];
  const indices = vertices <= 65_535 ? new Uint16Array(count) : new Uint32Array(count);
  let vertex = 0;
  let at = 0;
  for (const part of parts) {
    const { surface, texture, masked, uv, colour, position, normal, feature, index, sides } = part;
    const n = position.count;
    if ([normal, feature, uv, colour].some((other) => other && other.count !== n)) {
      throw new ProtocolError("a tile's attributes differ in length");
    }
    const toByte = normal.componentType === 5126 ? 127 : 1;
    for (let i = 0; i < n; i += 1, vertex += 1) {
      for (let c = 0; c < 3; c += 1) {
        positions[4 * vertex + c] = position.read(i, c);
        normals[4 * vertex + c] = Math.round(normal.read(i, c) * toByte);
      }
      positions[4 * vertex + 3] = 1;
      features[2 * vertex] = feature ? feature.read(i, 0) : NO_FEATURE;
      kinds[4 * vertex] = surface;
      // A pane that lets light through is drawn as glass, all else that has a colour as a body.
      if (colour && !(surface === WINDOW && colour.read(i, 3) < OPAQUE)) {
        for (let c = 0; c < 4; c += 1) paints![4 * vertex + c] = c < 3 ? colour.read(i, c) : 0;
      }
    }
    if (texture >= 0) {
      if (!uv) throw new ProtocolError('a tile has an image and no places for it');
      const unit = uv.componentType === UINT16 ? 1 / 65_535 : 1;
      for (let i = 0; i < 2 * n; i += 1) uvs![2 * (vertex - n) + i] = uv.read(i >> 1, i & 1) * unit;
      const former = pictures.at(-1);
      const next = pictureOf(glb, texture, masked, at, sides * index.count);
      if (former && former.image === next.image && former.masked === masked && former.wrapS === next.wrapS && former.wrapT === next.wrapT) {
        pictures[pictures.length - 1] = { ...former, count: former.count + next.count };
      } else pictures.push(next);
    }
    const base = vertex - n;
    for (let i = 0; i < index.count; i += 1, at += 1) {
      const value = index.read(i, 0);
      if (value >= n) throw new ProtocolError('a tile points at a vertex it lacks');
      indices[at] = base + value;
    }
    if (sides === 2) at = addBacks(indices, at - index.count, at);
    if (surface === WATER) water.push([at - index.count, at]);
  }
  return { positions, normals, features, kinds, paints, uvs, pictures, indices, water };
}

/** Adds the triangles from `start` to `end` once more, turned round; returns the new end. */
function addBacks(indices: Uint16Array | Uint32Array, start: number, end: number): number {
  for (let i = start; i < end; i += 3) {
    indices[end - start + i] = indices[i];
    indices[end - start + i + 1] = indices[i + 2];
    indices[end - start + i + 2] = indices[i + 1];
  }
  return 2 * end - start;
}

function noPaint(vertices: number): Uint8Array<ArrayBuffer> {
  const paints = new Uint8Array(4 * vertices);
  for (let i = 3; i < paints.length; i += 4) paints[i] = 255;
  return paints;
}
