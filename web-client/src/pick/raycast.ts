/** Which triangle, copy or plant of the shown tiles a ray meets first. A tile's BVH is built when first asked. */
import { Box3, BufferGeometry, DoubleSide, InterleavedBuffer, InterleavedBufferAttribute, Matrix4, Ray, Vector3, type Intersection } from 'three';
import { MeshBVH } from 'three-mesh-bvh';

import type { Tile } from '../city/city';
import type { CopiesMesh } from '../city/copied-mesh';
import type { TileGeometry } from '../city/decode';
import { NO_FEATURE } from '../city/merge';
import { raycastPlants, type PlantHit } from '../city/plant-ray';
import { FIRST_STOREYS, SURFACES } from '../city/surfaces';
import { copiesOf } from '../city/tile-mesh';
import { isCutAway, mayCut, type Cut } from '../section/cut';

export interface Hit {
  readonly tile: Tile;
  /** Row of the tile's property table, −1 on the ground. */
  readonly row: number;
  readonly point: Vector3;
  readonly distance: number;
}

/** What of it is there changes with the version of its index. */
const trees = new WeakMap<BufferGeometry, { readonly tree: MeshBVH; readonly version: number | undefined }>();

function treeOf(geometry: BufferGeometry): MeshBVH {
  const known = trees.get(geometry);
  const version = geometry.index?.version;
  if (known && known.version === version) return known.tree;
  const corners = new BufferGeometry();
  // Positions are padded to four numbers; the BVH skips the fourth only where they are interleaved.
  const padded = new InterleavedBuffer(geometry.getAttribute('position').array, 4);
  corners.setAttribute('position', new InterleavedBufferAttribute(padded, 3, 0));
  corners.setIndex(geometry.index);
  // `indirect` leaves the index as it is: it's on the graphics card already.
  const tree = new MeshBVH(corners, { indirect: true });
  trees.set(geometry, { tree, version });
  return tree;
}

const FIRST_LAND = SURFACES.indexOf('terrain');

/** @param ray world frame, its direction of length 1; @param cut what it takes away isn't met. */
export function raycastTiles(tiles: Iterable<Tile>, ray: Ray, cut?: Cut): Hit | undefined {
  const box = new Box3();
  const local = new Ray();
  const inverse = new Matrix4();
  const onBox = new Vector3();
  let nearest: Hit | undefined;
  for (const tile of tiles) {
    const [x0, y0, z0, x1, y1, z1] = tile.place.box;
    box.min.set(x0, z0, -y1);
    box.max.set(x1, z1, -y0);
    const entry = box.containsPoint(ray.origin) ? ray.origin : ray.intersectBox(box, onBox);
    if (!entry || (nearest && entry.distanceTo(ray.origin) > nearest.distance)) continue;
    const { matrixWorld, geometry } = tile.mesh;
    local.copy(ray).applyMatrix4(inverse.copy(matrixWorld).invert());
    local.direction.normalize();
    const { source } = tile.content;
    const isThere = cut && mayCut(cut, box) ? ({ x, y, z }: Vector3): boolean => !isCutAway(cut, x, y, z) : undefined;
    const found = source.plants
      ? raycastPlants(source.plants, local, tile.content.away)
      : raycastTriangles(geometry, source, local, isThere && ((point) => isThere(point.clone().applyMatrix4(matrixWorld))));
    if (found) meet(tile, found.row, found.point.applyMatrix4(matrixWorld));
    for (const copies of copiesOf(tile.mesh)) {
      const { row, point } = raycastCopies(copies, ray, isThere) ?? {};
      if (row !== undefined && point) meet(tile, row, point);
    }
  }
  return nearest;

  function meet(tile: Tile, row: number, point: Vector3): void {
    const distance = point.distanceTo(ray.origin);
    if (!nearest || distance < nearest.distance) nearest = { tile, row, point, distance };
  }
}

type IsThere = (point: Vector3) => boolean;

/** The first triangle under a ray; with `isThere` the first of those whose point is. */
function firstOf(tree: MeshBVH, ray: Ray, isThere: ((hit: Intersection) => boolean) | undefined): Intersection | undefined {
  if (!isThere) return tree.raycastFirst(ray, DoubleSide) ?? undefined;
  return tree
    .raycast(ray, DoubleSide)
    .sort((a, b) => a.distance - b.distance)
    .find(isThere);
}

/** The nearest copy that a ray of the world frame meets, and where in it. */
function raycastCopies(copies: CopiesMesh, ray: Ray, isThere: IsThere | undefined): PlantHit | undefined {
  const { geometry, matrixWorld, count } = copies;
  const tree = treeOf(geometry);
  const whose = geometry.getAttribute('whose');
  const place = new Matrix4();
  const inverse = new Matrix4();
  const local = new Ray();
  const around = tree.getBoundingBox(new Box3());
  let nearest: PlantHit | undefined;
  for (let i = 0; i < count; i += 1) {
    copies.getMatrixAt(i, place);
    // What isn't there has no size.
    if (place.determinant() === 0) continue;
    place.premultiply(matrixWorld);
    local.copy(ray).applyMatrix4(inverse.copy(place).invert());
    local.direction.normalize();
    const isThereInCopy = isThere && ((hit: Intersection) => isThere(hit.point.clone().applyMatrix4(place)));
    const point = local.intersectsBox(around) && firstOf(tree, local, isThereInCopy)?.point.clone().applyMatrix4(place);
    if (!point || (nearest && point.distanceTo(ray.origin) >= nearest.point.distanceTo(ray.origin))) continue;
    nearest = { row: whose.getX(i), point };
  }
  return nearest;
}

function raycastTriangles(geometry: BufferGeometry, { features, kinds }: TileGeometry, ray: Ray, isThere: IsThere | undefined): PlantHit | undefined {
  const isLand = (vertex: number): boolean => kinds[4 * vertex] >= FIRST_LAND && kinds[4 * vertex] < FIRST_STOREYS;
  const found = firstOf(treeOf(geometry), ray, isThere && (({ face, point }) => (face && isLand(face.a)) || isThere(point)));
  if (!found?.face) return undefined;
  const feature = features[2 * found.face.a];
  return { row: feature === NO_FEATURE ? -1 : feature, point: found.point.clone() };
}
