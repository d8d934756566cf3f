/** One tile as one draw. */
import { BufferAttribute, BufferGeometry, Matrix4, Mesh, Sphere, Vector3, type Vector2, type Material } from 'three';

import { sceneToWorld, type Vec3 } from '../core/frames';
import type { DecodedTile } from './decode-worker';
import type { CityMaterials, Coat } from './material';
import { createPhotos, materialsOf, type Photos } from './photos';
import { RELIEF_LAYER } from './relief';

/** Decoded content on its way to, or in, the graphics card. */
export interface TileContent {
  readonly source: DecodedTile;
  readonly geometry: BufferGeometry;
  /** Images on its surfaces; undefined where it has none. */
  readonly photos: Photos | undefined;
}

export type TileMesh = Mesh<BufferGeometry, Material | Material[]>;

export function createContent(source: DecodedTile, materials: CityMaterials): TileContent {
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(source.positions, 4));
  geometry.setAttribute('normal', new BufferAttribute(source.normals, 4, true));
  geometry.setAttribute('feature', new BufferAttribute(source.features, 2));
  geometry.setAttribute('bays', new BufferAttribute(source.bays, 2));
  geometry.setAttribute('kind', new BufferAttribute(source.kinds, 4));
  if (source.paints) geometry.setAttribute('paint', new BufferAttribute(source.paints, 4, true));
  if (source.uvs) geometry.setAttribute('uv', new BufferAttribute(source.uvs, 2));
  geometry.setIndex(new BufferAttribute(source.indices, 1));
  return { source, geometry, photos: createPhotos(source, geometry, materials) };
}

/** Places content in the world; `box` and `translation` are in the scene frame. */
export function createTileMesh(
  content: TileContent,
  materials: CityMaterials,
  translation: Vec3,
  box: readonly number[],
): TileMesh {
  const { source, geometry, photos } = content;
  const [x, y, z] = sceneToWorld(translation);
  const mesh = new Mesh(geometry, materialsOf(materials.city, photos));
  mesh.matrixAutoUpdate = false;
  mesh.matrix = new Matrix4()
    .makeTranslation(x + source.offset[0], y + source.offset[1], z + source.offset[2])
    .scale(new Vector3(...source.scale));
  mesh.matrixWorldAutoUpdate = false;
  mesh.matrixWorld.copy(mesh.matrix);
  castShade(mesh, content, true);
  // Where an image has holes, three's own material lets light through them.
  if (!source.pictures.some(({ masked }) => masked)) mesh.customDepthMaterial = materials.shadow;
  mesh.receiveShadow = true;
  geometry.boundingSphere ??= localSphere(box, mesh.matrixWorld);
  return mesh;
}

/** How a tile is drawn at the moment. */
export interface Look {
  readonly coat: Coat;
  /** Which pixels are drawn while it dissolves into another level. */
  readonly kept: Vector2 | undefined;
  /** Row of the picked feature, −1 where the tile doesn't hold it. */
  readonly pickedRow: number;
}

/** Whether it throws shade, on the street and on the map of heights. */
export function castShade(mesh: TileMesh, { source }: TileContent, casts: boolean): void {
  mesh.castShadow = casts;
  // Plants are drawn with those of all tiles (plants.ts).
  if (source.plants) mesh.layers.disableAll();
  else if (casts) mesh.layers.enable(RELIEF_LAYER);
  else mesh.layers.disable(RELIEF_LAYER);
}

export function dress(mesh: TileMesh, { photos }: TileContent, { coat, kept, pickedRow }: Look): void {
  mesh.material = materialsOf(pickedRow < 0 ? coat.city : coat.picked, photos, kept !== undefined);
  for (const photo of photos?.materials ?? []) {
    photo.pickedFeature.value = pickedRow;
    if (kept) photo.kept.value = kept;
  }
}

/** Bounding sphere in the content's own units, from the tile's box. */
function localSphere(box: readonly number[], matrixWorld: Matrix4): Sphere {
  const inverse = matrixWorld.clone().invert();
  const low = new Vector3(box[0], box[2], -box[4]).applyMatrix4(inverse);
  const high = new Vector3(box[3], box[5], -box[1]).applyMatrix4(inverse);
  const centre = low.clone().add(high).multiplyScalar(0.5);
  return new Sphere(centre, centre.distanceTo(high));
}
