/** Trees and shrubs of a vegetation tile: instances, without the meshes that the tile offers. */
import { ProtocolError } from '../protocol/fields';
import { accessorReader, type Glb } from '../protocol/glb';

/** Kinds of plants, by the name of their node (docs/contract/scene.md). */
export const PLANT_KINDS = ['tree-broadleaf', 'tree-conifer', 'tree-columnar', 'shrub'] as const;

export interface Plants {
  /** (P, 5): foot x, y, z in the content frame, crown's diameter, height; metres. */
  readonly shapes: Float32Array<ArrayBuffer>;
  /** Row of the property table. */
  readonly rows: Uint16Array<ArrayBuffer>;
  /** Stable hash of its identity. */
  readonly seeds: Uint16Array<ArrayBuffer>;
  /** Index into PLANT_KINDS; what isn't known is a broad-leaved tree. */
  readonly kinds: Uint8Array<ArrayBuffer>;
}

const MOST = 65_536;
const TALLEST_M = 150;

/** Nodes of plants are called by their kind; those of copies of anything else have no name. */
export function hasPlants(glb: Glb): boolean {
  return (glb.json.nodes ?? []).some(({ name, extensions }) => extensions?.EXT_mesh_gpu_instancing && name !== undefined);
}

/** @param rowSeeds hash of each row of the property table. */
export function decodePlants(glb: Glb, rowSeeds: Uint16Array): Plants {
  const groups = glb.json.nodes.flatMap(({ name, extensions }) => {
    const attributes = extensions?.EXT_mesh_gpu_instancing?.attributes;
    if (!attributes) return [];
    const place = accessorReader(glb, attributes.TRANSLATION, 'VEC3');
    const size = accessorReader(glb, attributes.SCALE, 'VEC3');
    const row = accessorReader(glb, attributes._FEATURE_ID_0, 'SCALAR');
    if (size.count !== place.count || row.count !== place.count) {
      throw new ProtocolError("a tile's plants differ in length");
    }
    return [{ kind: Math.max(0, (PLANT_KINDS as readonly string[]).indexOf(name ?? '')), place, size, row }];
  });
  const count = groups.reduce((sum, { place }) => sum + place.count, 0);
  if (count > MOST) throw new ProtocolError('a tile has too many plants');
  const plants: Plants = {
    shapes: new Float32Array(count * 5),
    rows: new Uint16Array(count),
    seeds: new Uint16Array(count),
    kinds: new Uint8Array(count),
  };
  let at = 0;
  for (const { kind, place, size, row } of groups) {
    for (let i = 0; i < place.count; i += 1, at += 1) {
      const shape = [place.read(i, 0), place.read(i, 1), place.read(i, 2), size.read(i, 0), size.read(i, 1)];
      if (!shape.every(Number.isFinite)) throw new ProtocolError('a plant stands nowhere');
      plants.shapes.set(shape, 5 * at);
      plants.shapes[5 * at + 3] = bounded(shape[3]);
      plants.shapes[5 * at + 4] = bounded(shape[4]);
      const feature = row.read(i, 0);
      if (feature >= rowSeeds.length) throw new ProtocolError('a tile points at a feature it lacks');
      plants.rows[at] = feature;
      plants.seeds[at] = rowSeeds[feature];
      plants.kinds[at] = kind;
    }
  }
  return plants;
}

function bounded(metres: number): number {
  return Math.max(0.05, Math.min(TALLEST_M, metres));
}
