/** Where the doors of a tile stand, and the triangles of one: among all of its tile, or one copy of many. */
import { Box3, BufferAttribute, Matrix4, Vector3, type BufferGeometry, type InstancedBufferAttribute } from 'three';

import type { Tile } from '../city/city';
import { copiesOf } from '../city/tile-mesh';
import type { DoorShape } from './leaves';

/** World frame. */
export interface DoorPlace {
  /** Of the tile's property table. */
  readonly row: number;
  /** On its foot. */
  readonly middle: Vector3;
  readonly width: number;
}

/** Its triangles in a tile's geometry, in world coordinates. */
export interface DoorMesh extends DoorShape {
  readonly normals: Float32Array;
  /** The other attributes that the city's shader reads, corner by corner. */
  readonly others: ReadonlyMap<string, BufferAttribute>;
  /** Takes it out of its tile; again, where something else has put it back. */
  readonly hide: () => void;
  readonly restore: () => void;
}

/** @param rows of the doors. */
export function doorPlaces({ content: { source, geometry, copies }, mesh }: Tile, rows: ReadonlySet<number>): readonly DoorPlace[] {
  const boxes = new Map([...rows].map((row) => [row, new Box3()]));
  const corner = new Vector3();
  const position = geometry.getAttribute('position');
  for (let i = 0; i < position.count; i += 1) {
    const box = boxes.get(source.features[2 * i]);
    if (box) box.expandByPoint(corner.fromBufferAttribute(position, i).applyMatrix4(mesh.matrixWorld));
  }
  for (const [k, copied] of copies.entries()) {
    const whose = copied.geometry.getAttribute('whose');
    for (let i = 0; i < copied.matrices.count; i += 1) {
      const box = boxes.get(whose.getX(i));
      if (!box || copied.matrices.array[16 * i + 15] === 0) continue;
      copied.geometry.computeBoundingBox();
      box.union(copied.geometry.boundingBox!.clone().applyMatrix4(new Matrix4().fromArray(copied.matrices.array, 16 * i).premultiply(copiesOf(mesh)[k].matrixWorld)));
    }
  }
  return [...boxes].filter(([, box]) => !box.isEmpty()).map(([row, { min, max }]) => ({
    row,
    middle: new Vector3((min.x + max.x) / 2, min.y, (min.z + max.z) / 2),
    width: Math.hypot(max.x - min.x, max.z - min.z),
  }));
}

/** The triangles of a row of its property table; undefined where the tile draws none. */
export function doorIn(tile: Tile, row: number): DoorMesh | undefined {
  return fromTriangles(tile, row) ?? fromCopies(tile, row);
}

function fromTriangles({ content: { source, geometry }, mesh }: Tile, row: number): DoorMesh | undefined {
  const index = geometry.index!;
  const places: number[] = [];
  for (let i = 0; i < index.count; i += 3) if (source.features[2 * index.array[i]] === row && index.array[i] !== index.array[i + 1]) places.push(i);
  if (places.length === 0) return undefined;
  const whole = places.map((i) => [index.array[i + 1], index.array[i + 2]] as const);
  const corners = places.flatMap((i) => [index.array[i], index.array[i + 1], index.array[i + 2]]);
  return {
    ...gathered(geometry, corners, mesh.matrixWorld),
    hide() {
      if (index.array[places[0]] === index.array[places[0] + 1]) return;
      for (const i of places) index.array[i + 1] = index.array[i + 2] = index.array[i];
      index.needsUpdate = true;
    },
    restore() {
      for (const [k, i] of places.entries()) [index.array[i + 1], index.array[i + 2]] = whole[k];
      index.needsUpdate = true;
    },
  };
}

function fromCopies({ content: { copies }, mesh }: Tile, row: number): DoorMesh | undefined {
  for (const [k, { geometry, matrices }] of copies.entries()) {
    const whose = geometry.getAttribute('whose') as InstancedBufferAttribute;
    for (let i = 0; i < matrices.count; i += 1) {
      const one = matrices.array.subarray(16 * i, 16 * i + 16);
      if (whose.getX(i) !== row || one[15] === 0) continue;
      const whole = Float32Array.from(one);
      const place = new Matrix4().fromArray(whole).premultiply(copiesOf(mesh)[k].matrixWorld);
      const corners = Array.from(geometry.index!.array);
      const made = gathered(geometry, corners, place);
      const count = made.positions.length / 3;
      const others = new Map(made.others)
        .set('feature', new BufferAttribute(Uint16Array.from({ length: 2 * count }, (_, at) => (at % 2 === 0 ? row : 0)), 2))
        .set('bays', new BufferAttribute(new Float32Array(2 * count), 2));
      const put = (values: ArrayLike<number>): void => {
        one.set(values);
        matrices.needsUpdate = true;
      };
      return { ...made, others, hide: () => one[15] !== 0 && put(new Float32Array(16)), restore: () => put(whole) };
    }
  }
  return undefined;
}

/** Copies the corners of triangles out of a geometry. */
function gathered(geometry: BufferGeometry, corners: readonly number[], place: Matrix4): Omit<DoorMesh, 'hide' | 'restore'> {
  const own = [...new Set(corners)];
  const numbers = new Map(own.map((corner, number) => [corner, number]));
  const positions = new Float32Array(3 * own.length);
  const normals = new Float32Array(3 * own.length);
  const vector = new Vector3();
  // Tiles are scaled, and their normals aren't: of a place, only a turn counts for them.
  const turn = new Matrix4().extractRotation(place);
  for (const [number, corner] of own.entries()) {
    vector.fromBufferAttribute(geometry.getAttribute('position'), corner).applyMatrix4(place).toArray(positions, 3 * number);
    vector.fromBufferAttribute(geometry.getAttribute('normal'), corner).applyMatrix4(turn).normalize().toArray(normals, 3 * number);
  }
  const others = new Map<string, BufferAttribute>();
  for (const name of ['feature', 'bays', 'kind', 'paint']) {
    if (!geometry.hasAttribute(name)) continue;
    const { array, itemSize, normalized } = geometry.getAttribute(name) as BufferAttribute;
    const some = array.slice(0, own.length * itemSize);
    for (const [number, corner] of own.entries()) some.set(array.subarray(corner * itemSize, (corner + 1) * itemSize), number * itemSize);
    others.set(name, new BufferAttribute(some, itemSize, normalized));
  }
  return { positions, normals, indices: Uint32Array.from(corners, (corner) => numbers.get(corner)!), others };
}
