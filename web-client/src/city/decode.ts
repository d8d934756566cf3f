/**
 * GLB → one draw: the primitives of a tile merged, with what the shader needs at each vertex.
 *
 * Runs in the worker. Cost is linear in vertices.
 */
import { ProtocolError } from '../protocol/fields';
import { accessorReader, INT16, UINT16, type Glb, type GltfPrimitive } from '../protocol/glb';
import { propertyTable, readValue, stringBytes, type PropertyTable } from '../protocol/property-table';
import { facades } from './facade';
import { makeIndex } from './furniture';
import { imagesOf, pictureOf, textureOf, type EncodedImage, type Picture } from './pictures';
import { decodePlants, hasPlants, type Plants } from './plant-decode';
import { FURNITURE, surfaceIndex, WATER, WINDOW } from './surfaces';

export interface TileGeometry {
  /** (V, 4): x, y, z in steps of `scale` from `offset`, and 1. */
  readonly positions: Int16Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
  /** (V, 4): normal × 127, and 0. */
  readonly normals: Int8Array<ArrayBuffer>;
  /** (V, 2): row of the property table (65 535: none), and a stable hash of its identity. */
  readonly features: Uint16Array<ArrayBuffer>;
  /** (V, 2): bays from a wall's left end, metres above the feature's foot; both × 256. */
  readonly bays: Uint16Array<ArrayBuffer>;
  /** (V, 4): surface group or, of a wall, height of a storey (surfaces.ts), first and last storey with windows, width of a bay (see facade.ts). */
  readonly kinds: Uint8Array<ArrayBuffer>;
  /** (V, 4): colour of the source, linear, and 0; (0, 0, 0, 255) where it has none. Only where any vertex has one. */
  readonly paints: Uint8Array<ArrayBuffer> | undefined;
  /** (V, 2): place in the image, from its upper left corner. Only where there are images. */
  readonly uvs: Float32Array<ArrayBuffer> | undefined;
  /** Which runs of the indices, at their end, have images. */
  readonly pictures: readonly Picture[];
  readonly indices: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  readonly scale: readonly [number, number, number];
  readonly offset: readonly [number, number, number];
  readonly table: PropertyTable | undefined;
  /** Of a vegetation tile, which has nothing else to draw. */
  readonly plants: Plants | undefined;
  /** Whether it has something that wind or waves move. */
  readonly stirs: boolean;
  /** Size of all of the above, bytes. */
  readonly bytes: number;
}

/** A tile as it is read, its images still to be decoded. */
export interface EncodedTile extends TileGeometry {
  readonly images: readonly EncodedImage[];
}

export const NO_FEATURE = 0xffff;
const OPAQUE = 255;
const MAX_VERTICES = 4_000_000;
const MAX_INDICES = 24_000_000;

export function decodeTile(glb: Glb): EncodedTile {
  if (hasPlants(glb)) return plantTile(glb);
  const node = glb.json.nodes?.find((candidate) => candidate.mesh !== undefined);
  const primitives = glb.json.meshes?.[node?.mesh ?? -1]?.primitives ?? [];
  if (!node || primitives.length === 0) throw new ProtocolError('a tile has no mesh');
  const table = propertyTable(glb);
  const merged = merge(glb, primitives);
  const { positions, normals, features, kinds, paints, uvs, indices } = merged;
  seedFeatures(features, kinds, table);
  const scale = triple(node.scale, 1);
  const bays = facades({ positions, normals, features, kinds, indices, scale });
  return {
    ...merged,
    bays,
    scale,
    offset: triple(node.translation, 0),
    table,
    plants: undefined,
    stirs: kinds.some((kind, i) => i % 4 === 0 && kind === WATER),
    images: imagesOf(glb),
    bytes:
      positions.byteLength +
      normals.byteLength +
      features.byteLength +
      bays.byteLength +
      kinds.byteLength +
      (paints?.byteLength ?? 0) +
      (uvs?.byteLength ?? 0) +
      indices.byteLength,
  };
}

function plantTile(glb: Glb): EncodedTile {
  const table = propertyTable(glb);
  const plants = decodePlants(glb, rowSeeds(table));
  return {
    positions: new Int16Array(0),
    normals: new Int8Array(0),
    features: new Uint16Array(0),
    bays: new Uint16Array(0),
    kinds: new Uint8Array(0),
    paints: undefined,
    uvs: undefined,
    pictures: [],
    images: [],
    indices: new Uint16Array(0),
    scale: [1, 1, 1],
    offset: [0, 0, 0],
    table,
    plants,
    stirs: true,
    bytes: plants.shapes.byteLength + plants.rows.byteLength + plants.seeds.byteLength + plants.kinds.byteLength,
  };
}

function triple(value: readonly number[] | undefined, fallback: number): [number, number, number] {
  const [x, y, z] = value ?? [fallback, fallback, fallback];
  if (![x, y, z].every(Number.isFinite)) throw new ProtocolError("a tile's node is placed nowhere");
  return [x, y, z];
}

type Merged = Pick<TileGeometry, 'positions' | 'normals' | 'features' | 'kinds' | 'paints' | 'uvs' | 'pictures' | 'indices'>;

function merge(glb: Glb, primitives: readonly GltfPrimitive[]): Merged {
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
      // Panes face inward in many a city's data; without their backs one looks through the house.
      sides: surfaceIndex(material?.name) === WINDOW ? 2 : 1,
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
  }
  return { positions, normals, features, kinds, paints, uvs, pictures, indices };
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

/** A hash of each row's identity: the same in every tile and level. */
function rowSeeds(table: PropertyTable | undefined): Uint16Array {
  const column = table?.columns.id;
  const seeds = new Uint16Array(table?.count ?? 0);
  if (column) {
    for (let row = 0; row < seeds.length; row += 1) seeds[row] = hash16(stringBytes(column, row));
  }
  return seeds;
}

/** What each row is made of, should it be street furniture. */
function rowMakes(table: PropertyTable): number[] {
  const text = (key: string, row: number): string => String(readValue(table, key, row) ?? '');
  return Array.from({ length: table.count }, (_, row) => makeIndex(text('id', row), text('name', row)));
}

/** Puts a hash of each vertex's identity beside its row, and says what furniture is made of. */
function seedFeatures(features: Uint16Array, kinds: Uint8Array, table: PropertyTable | undefined): void {
  const seeds = rowSeeds(table);
  let makes: number[] | undefined;
  for (let i = 0; i < features.length; i += 2) {
    const row = features[i];
    if (row !== NO_FEATURE && row >= seeds.length && table) {
      throw new ProtocolError('a tile points at a feature it lacks');
    }
    features[i + 1] = seeds[row] ?? 0;
    if (kinds[2 * i] === FURNITURE && table) kinds[2 * i + 1] = (makes ??= rowMakes(table))[row] ?? 0;
  }
}

/** FNV-1a (32 bits), folded to 16. */
export function hash16(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return ((hash >>> 16) ^ hash) & 0xffff;
}
