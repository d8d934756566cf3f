/** What of colliders is left where a cut is on: for rays, and for a body that stands against them. */
import { DoubleSide, Plane, Vector3, type Intersection, type Line3, type Ray } from 'three';
import { ExtendedTriangle, type MeshBVH } from 'three-mesh-bvh';

import { isCutAway, isIn, type Cut } from './cut';

const place = new Vector3();
const plane = new Plane();
const piece = new ExtendedTriangle();
const onPiece = new Vector3();
const onLine = new Vector3();

/** The first triangle under a ray that is there. @param offset of the tree's frame in the world */
export function firstThere(tree: MeshBVH, ray: Ray, far: number, offset: Vector3, cut: Cut): Intersection | undefined {
  return tree
    .raycast(ray, DoubleSide, 0, far)
    .sort((a, b) => a.distance - b.distance)
    .find(({ point }) => {
      place.addVectors(point, offset);
      return !isCutAway(cut, place.x, place.y, place.z);
    });
}

/**
 * How far a segment is from what is left of a triangle, whose nearest point is put into `onTriangle`,
 * and the segment's into `onSegment`; Infinity where nothing is left.
 *
 * A triangle that sticks out of the cut's area is cut as if all of it lay inside.
 */
export function distanceToRest(triangle: ExtendedTriangle, segment: Line3, onTriangle: Vector3, onSegment: Vector3, offset: Vector3, cut: Cut): number {
  const whole = triangle.closestPointToSegment(segment, onTriangle, onSegment);
  place.addVectors(onTriangle, offset);
  if (!isIn(cut.area, place.x, place.z)) return whole;
  let nearest = Infinity;
  const corners = rest([triangle.a, triangle.b, triangle.c], offset, cut);
  for (let i = 2; i < corners.length; i += 1) {
    piece.set(corners[0], corners[i - 1], corners[i]);
    piece.needsUpdate = true;
    const distance = piece.closestPointToSegment(segment, onPiece, onLine);
    if (distance >= nearest) continue;
    nearest = distance;
    onTriangle.copy(onPiece);
    onSegment.copy(onLine);
  }
  return nearest;
}

/** What of a convex polygon is on this side of all planes (I. E. Sutherland and G. W. Hodgman, 1974). */
function rest(corners: Vector3[], offset: Vector3, { planes }: Cut): Vector3[] {
  let left = corners;
  for (const { normal, distance } of planes) {
    plane.normal.set(...normal);
    plane.constant = plane.normal.dot(offset) - distance;
    left = left.flatMap((corner, i) => {
      const before = left.at(i - 1)!;
      const here = plane.distanceToPoint(corner);
      const there = plane.distanceToPoint(before);
      const crossing = here > 0 !== there > 0 ? [before.clone().lerp(corner, there / (there - here))] : [];
      return here > 0 ? crossing : [...crossing, corner];
    });
  }
  return left;
}
