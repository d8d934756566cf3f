/** Meshes of a tile that stand in many places (EXT_mesh_gpu_instancing): one geometry each, and where. */
import { ProtocolError } from '../protocol/fields';
import { accessorReader, type AccessorReader, type Glb } from '../protocol/glb';
import { MAX_INDICES, merge, type Merged } from './merge';

/** What a mesh has at each vertex, as in `TileGeometry`, and n places for it. */
export interface CopiedMesh extends Pick<Merged, 'positions' | 'normals' | 'kinds' | 'paints' | 'indices'> {
  /** (n, 16): from its vertices to the content frame, column by column. */
  readonly matrices: Float32Array<ArrayBuffer>;
  /** (n, 4): row of the property table, a stable hash of its identity, what furniture is made of (furniture.ts), 0. */
  readonly whose: Uint16Array<ArrayBuffer>;
  /** As drawn. */
  readonly triangles: number;
  readonly bytes: number;
}

const MOST = 65_536;

/** @param seeds hash of each row of the property table; @param makes what each row is made of. */
export function decodeCopies(glb: Glb, seeds: Uint16Array, makes: () => readonly number[]): CopiedMesh[] {
  let known: readonly number[] | undefined;
  let indices = 0;
  return (glb.json.nodes ?? []).flatMap(({ mesh, scale, extensions }) => {
    const attributes = extensions?.EXT_mesh_gpu_instancing?.attributes;
    if (!attributes) return [];
    const own = merge(glb, glb.json.meshes?.[mesh ?? -1]?.primitives ?? []);
    if (own.indices.length === 0 || own.pictures.length > 0) throw new ProtocolError('a tile has copies of nothing, or of images');
    const rows = accessorReader(glb, attributes._FEATURE_ID_0, 'SCALAR');
    const n = rows.count;
    indices += n * own.indices.length;
    if (n > MOST || indices > MAX_INDICES) throw new ProtocolError('a tile has too many copies');
    known ??= makes();
    const whose = new Uint16Array(4 * n);
    for (let i = 0; i < n; i += 1) {
      const row = rows.read(i, 0);
      if (row >= seeds.length) throw new ProtocolError('a tile points at a feature it lacks');
      whose.set([row, seeds[row], known[row] ?? 0], 4 * i);
    }
    const matrices = matricesOf(glb, attributes, n, scale?.[0] ?? 1);
    const { positions, normals, kinds, paints } = own;
    const arrays = [positions, normals, kinds, paints, own.indices, whose, matrices];
    return [{
      positions,
      normals,
      kinds,
      paints,
      indices: own.indices,
      matrices,
      whose,
      triangles: (n * own.indices.length) / 3,
      bytes: arrays.reduce((sum, array) => sum + (array?.byteLength ?? 0), 0),
    }];
  });
}

/** Places, turns and sizes as matrices; `unit` is the node's scale: it comes last, and is the same along each axis. */
function matricesOf(glb: Glb, attributes: Readonly<Record<string, number>>, n: number, unit: number): Float32Array<ArrayBuffer> {
  const reader = (name: string, type: string): AccessorReader | undefined => {
    const found = attributes[name] === undefined ? undefined : accessorReader(glb, attributes[name], type);
    if (found && found.count !== n) throw new ProtocolError("a tile's copies differ in length");
    return found;
  };
  const place = reader('TRANSLATION', 'VEC3');
  const turn = reader('ROTATION', 'VEC4');
  const size = reader('SCALE', 'VEC3');
  const matrices = new Float32Array(16 * n);
  for (let i = 0; i < n; i += 1) {
    const at = (from: AccessorReader | undefined, component: number, usual: number): number => from?.read(i, component) ?? usual;
    const [x, y, z, w] = unitTurn(at(turn, 0, 0), at(turn, 1, 0), at(turn, 2, 0), at(turn, 3, 1));
    const [a, b, c] = [0, 1, 2].map((axis) => unit * at(size, axis, 1));
    const matrix = [
      a * (1 - 2 * (y * y + z * z)), a * 2 * (x * y + z * w), a * 2 * (x * z - y * w), 0,
      b * 2 * (x * y - z * w), b * (1 - 2 * (x * x + z * z)), b * 2 * (y * z + x * w), 0,
      c * 2 * (x * z + y * w), c * 2 * (y * z - x * w), c * (1 - 2 * (x * x + y * y)), 0,
      unit * at(place, 0, 0), unit * at(place, 1, 0), unit * at(place, 2, 0), 1,
    ];
    if (!matrix.every(Number.isFinite)) throw new ProtocolError('a copy stands nowhere');
    matrices.set(matrix, 16 * i);
  }
  return matrices;
}

function unitTurn(...turn: [number, number, number, number]): number[] {
  const length = Math.hypot(...turn);
  return turn.map((part) => part / length);
}
