/** The meshes of a tile that stand in many places, each as one draw. */
import { BufferAttribute, BufferGeometry, InstancedBufferAttribute, InstancedMesh, Sphere, type Material, type Matrix4 } from 'three';

import type { CopiedMesh } from './copies';
import type { CityMaterials } from './material';

/** On the graphics card, or on its way there: the mesh's own and where it stands. */
export interface CopiedContent {
  readonly source: CopiedMesh;
  readonly geometry: BufferGeometry;
  readonly matrices: InstancedBufferAttribute;
}

export type CopiesMesh = InstancedMesh<BufferGeometry, Material>;

export function createCopiedContent(source: CopiedMesh): CopiedContent {
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(source.positions, 4));
  geometry.setAttribute('normal', new BufferAttribute(source.normals, 4, true));
  geometry.setAttribute('kind', new BufferAttribute(source.kinds, 4));
  if (source.paints) geometry.setAttribute('paint', new BufferAttribute(source.paints, 4, true));
  geometry.setAttribute('whose', new InstancedBufferAttribute(source.whose, 4));
  geometry.setIndex(new BufferAttribute(source.indices, 1));
  return { source, geometry, matrices: new InstancedBufferAttribute(source.matrices, 16) };
}

/** @param place of the content frame in the world; @param sphere around the tile, content frame. */
export function createCopiesMesh(content: CopiedContent, materials: CityMaterials, place: Matrix4, sphere: Sphere): CopiesMesh {
  const { geometry, matrices } = content;
  const mesh = new InstancedMesh(geometry, materials.copied, 0);
  mesh.instanceMatrix = matrices;
  mesh.count = matrices.count;
  mesh.matrixAutoUpdate = mesh.matrixWorldAutoUpdate = false;
  mesh.matrix.copy(place);
  mesh.matrixWorld.copy(place);
  mesh.customDepthMaterial = materials.shadow;
  mesh.receiveShadow = true;
  mesh.boundingSphere = sphere;
  return mesh;
}
