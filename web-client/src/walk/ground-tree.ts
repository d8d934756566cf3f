/** The tree over a cell's triangles that rays and bodies go down, and how it goes from thread to thread. */
import { BufferAttribute, BufferGeometry } from 'three';
import { MeshBVH } from 'three-mesh-bvh';

import type { ColliderMesh } from '../protocol/collider';

/** A tree without its triangles. */
export interface PackedTree {
  readonly roots: readonly ArrayBuffer[];
  /** Order of the triangles, where the index stays in its own. */
  readonly order: Uint32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | null;
}

/** The index stays in its order, by which one knows whose a triangle is, where that is told. */
export function treeOf(mesh: ColliderMesh, indices: Uint32Array<ArrayBuffer> = mesh.indices): MeshBVH {
  return new MeshBVH(geometryOf(mesh, indices), { indirect: mesh.features.length > 0 });
}

export function packed(tree: MeshBVH): PackedTree {
  const { roots, indirectBuffer } = MeshBVH.serialize(tree, { cloneBuffers: false });
  return { roots: roots as ArrayBuffer[], order: (indirectBuffer ?? null) as PackedTree['order'] };
}

/** @param mesh with its index as it was left when the tree was made. */
export function unpacked(mesh: ColliderMesh, { roots, order }: PackedTree): MeshBVH {
  const data = { version: 1, roots: [...roots], index: mesh.indices, indirectBuffer: order };
  return MeshBVH.deserialize(data as Parameters<typeof MeshBVH.deserialize>[0], geometryOf(mesh, mesh.indices), { setIndex: false });
}

function geometryOf({ positions }: ColliderMesh, indices: Uint32Array<ArrayBuffer>): BufferGeometry {
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(positions, 3));
  geometry.setIndex(new BufferAttribute(indices, 1));
  return geometry;
}
