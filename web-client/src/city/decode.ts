/**
 * GLB → one draw: the primitives of a tile merged, with what the shader needs at each vertex.
 *
 * Runs in the worker. Cost is linear in vertices.
 */
import { ProtocolError } from '../protocol/fields';
import type { Glb } from '../protocol/glb';
import { propertyTable, readValue, stringBytes, type PropertyTable } from '../protocol/property-table';
import { decodeCopies, type CopiedMesh } from './copies';
import { facades } from './facade';
import { makeIndex } from './furniture';
import { merge, NO_FEATURE } from './merge';
import { imagesOf, type EncodedImage, type Picture } from './pictures';
import { decodePlants, hasPlants, type Plants } from './plant-decode';
import { FURNITURE } from './surfaces';

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
  /** Meshes that stand in many places, a draw each. */
  readonly copies: readonly CopiedMesh[];
  /** As drawn, those of all copies among them. */
  readonly triangles: number;
  /** Of a vegetation tile, which has nothing else to draw. */
  readonly plants: Plants | undefined;
  /** Runs of the indices that are water: from, and up to. */
  readonly water: readonly (readonly [number, number])[];
  /** Whether it has something that wind or waves move. */
  readonly stirs: boolean;
  /** Size of all of the above, bytes. */
  readonly bytes: number;
}

/** A tile as it is read, its images still to be decoded. */
export interface EncodedTile extends TileGeometry {
  readonly images: readonly EncodedImage[];
}

export function decodeTile(glb: Glb): EncodedTile {
  if (hasPlants(glb)) return plantTile(glb);
  const node = glb.json.nodes?.find(({ mesh, extensions }) => mesh !== undefined && !extensions?.EXT_mesh_gpu_instancing);
  const primitives = glb.json.meshes?.[node?.mesh ?? -1]?.primitives ?? [];
  const table = propertyTable(glb);
  const copies = decodeCopies(glb, rowSeeds(table), () => (table ? rowMakes(table) : []));
  // Only what has no nodes at all has nothing to draw: a tile that leads to others and is bare itself.
  if (primitives.length === 0 && copies.length === 0 && glb.json.nodes) throw new ProtocolError('a tile has no mesh');
  const merged = merge(glb, primitives);
  const { positions, normals, features, kinds, paints, uvs, indices } = merged;
  seedFeatures(features, kinds, table);
  const scale = triple(node?.scale, 1);
  const bays = facades({ positions, normals, features, kinds, indices, scale });
  return {
    ...merged,
    bays,
    scale,
    offset: triple(node?.translation, 0),
    table,
    copies,
    triangles: copies.reduce((sum, copied) => sum + copied.triangles, indices.length / 3),
    plants: undefined,
    stirs: merged.water.length > 0,
    images: imagesOf(glb),
    bytes:
      positions.byteLength +
      normals.byteLength +
      features.byteLength +
      bays.byteLength +
      kinds.byteLength +
      (paints?.byteLength ?? 0) +
      (uvs?.byteLength ?? 0) +
      indices.byteLength +
      copies.reduce((sum, copied) => sum + copied.bytes, 0),
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
    copies: [],
    water: [],
    triangles: 0,
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
