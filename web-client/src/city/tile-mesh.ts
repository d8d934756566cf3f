/** One tile as one draw. */
import { BufferAttribute, BufferGeometry, Matrix4, Mesh, Sphere, Vector3, type Vector2, type Material } from 'three';

import { sceneToWorld, type Vec3 } from '../core/frames';
import { createCopiedContent, createCopiesMesh, type CopiedContent, type CopiesMesh } from './copied-mesh';
import type { DecodedTile } from './decode-worker';
import type { CityMaterials, Coat } from './material';
import { createPhotos, materialsOf, type Photos } from './photos';
import { RELIEF_LAYER } from './surroundings';

/** Decoded content on its way to, or in, the graphics card. */
export interface TileContent {
  readonly source: DecodedTile;
  readonly geometry: BufferGeometry;
  /** What stands in many places of it. */
  readonly copies: readonly CopiedContent[];
  /** Images on its surfaces; undefined where it has none. */
  readonly photos: Photos | undefined;
  /** Rows of the features that aren't there in the variant that one looks at (variants/leave-out.ts). */
  away: ReadonlySet<number>;
}

/** Its children are the meshes of which there are copies. */
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
  const copies = source.copies.map(createCopiedContent);
  // One dispose for all of the tile.
  geometry.addEventListener('dispose', () => copies.forEach((copied) => copied.geometry.dispose()));
  return { source, geometry, copies, photos: createPhotos(source, geometry, materials), away: new Set() };
}

/** Places content in the world; `box` and `translation` are in the scene frame. */
export function createTileMesh(
  content: TileContent,
  materials: CityMaterials,
  translation: Vec3,
  box: readonly number[],
): TileMesh {
  const { source, geometry, copies, photos } = content;
  const [x, y, z] = sceneToWorld(translation);
  const mesh = new Mesh(geometry, materialsOf(materials.city, photos));
  mesh.matrixAutoUpdate = false;
  mesh.matrix = new Matrix4()
    .makeTranslation(x + source.offset[0], y + source.offset[1], z + source.offset[2])
    .scale(new Vector3(...source.scale));
  mesh.matrixWorldAutoUpdate = false;
  mesh.matrixWorld.copy(mesh.matrix);
  if (copies.length > 0) {
    const place = new Matrix4().makeTranslation(x, y, z);
    const sphere = localSphere(box, place);
    const stood = copies.map((copied) => createCopiesMesh(copied, materials, place, sphere));
    mesh.add(...stood);
    geometry.addEventListener('dispose', () => stood.forEach((copied) => copied.dispose()));
  }
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
  for (const part of [mesh, ...copiesOf(mesh)]) {
    part.castShadow = casts;
    if (casts) part.layers.enable(RELIEF_LAYER);
    else part.layers.disable(RELIEF_LAYER);
  }
  // Plants are drawn with those of all tiles (plants.ts); and a tile may have nothing but copies.
  if (source.indices.length === 0) mesh.layers.disableAll();
}

/** The meshes of a tile that stand in many places, in the order of its content's. */
export function copiesOf(mesh: TileMesh): readonly CopiesMesh[] {
  return mesh.children as CopiesMesh[];
}

export function dress(mesh: TileMesh, { photos }: TileContent, { coat, kept, pickedRow }: Look): void {
  for (const copied of copiesOf(mesh)) copied.material = pickedRow < 0 ? coat.copied : coat.copiedPicked;
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
