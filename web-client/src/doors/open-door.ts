/** One door that is drawn by itself while it is open: its leaves turn, and its tile shows nothing of it. */
import { BufferAttribute, BufferGeometry, Matrix4, Mesh, Vector3, type InstancedBufferAttribute, type Material, type Scene } from 'three';

import type { Tile } from '../city/city';
import { copiesOf } from '../city/tile-mesh';
import { leavesOf, type DoorShape, type Leaf } from './leaves';

/** Its triangles in a tile's geometry, in world coordinates. */
export interface DoorMesh extends DoorShape {
  readonly normals: Float32Array;
  /** The other attributes that the city's shader reads, corner by corner. */
  readonly others: ReadonlyMap<string, BufferAttribute>;
  /** Takes it out of its tile; again, where something else has put it back. */
  readonly hide: () => void;
  readonly restore: () => void;
}

export interface OpenDoor {
  readonly tile: Tile;
  /** Radians; positive turns to the left, seen from above. */
  turn(angle: number): void;
  /** The sign of the angle that leads it away from a place. */
  sideAwayFrom(x: number, z: number): number;
  close(): void;
}

export function drawOpenDoor(scene: Scene, tile: Tile, door: DoorMesh): OpenDoor {
  const leaves = leavesOf(door);
  const { hinge } = leaves[0];
  const positions = Float32Array.from(door.positions);
  const normals = Float32Array.from(door.normals);
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(positions, 3));
  geometry.setAttribute('normal', new BufferAttribute(normals, 3));
  for (const [name, attribute] of door.others) geometry.setAttribute(name, attribute);
  geometry.setIndex(new BufferAttribute(door.indices, 1));
  const mesh = new Mesh(geometry, materialOf(tile));
  mesh.position.set(hinge.x, 0, hinge.z);
  mesh.frustumCulled = false;
  mesh.receiveShadow = true;
  scene.add(mesh);

  return {
    tile,
    turn(angle) {
      door.hide();
      mesh.material = materialOf(tile);
      for (let corner = 0; corner < positions.length / 3; corner += 1) {
        const leaf = leaves.find(({ corners }) => corners.has(corner));
        swing(door, leaf, leaf ? angle * senseOf(leaf, leaves) : 0, corner, positions, normals);
      }
      for (let i = 0; i < positions.length; i += 3) {
        positions[i] -= hinge.x;
        positions[i + 2] -= hinge.z;
      }
      geometry.getAttribute('position').needsUpdate = true;
      geometry.getAttribute('normal').needsUpdate = true;
    },
    sideAwayFrom(x, z) {
      const { along } = leaves[0];
      return along.z * (x - hinge.x) - along.x * (z - hinge.z) < 0 ? 1 : -1;
    },
    close() {
      scene.remove(mesh);
      geometry.dispose();
      door.restore();
    },
  };
}

/** Both leaves of a pair open to the same side: so they turn against each other. */
function senseOf(leaf: Leaf, [first]: readonly Leaf[]): number {
  return leaf.along.x * first.along.x + leaf.along.z * first.along.z >= 0 ? 1 : -1;
}

function swing(door: DoorMesh, leaf: Leaf | undefined, angle: number, corner: number, positions: Float32Array, normals: Float32Array): void {
  const at = 3 * corner;
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const { x, z } = leaf?.hinge ?? { x: 0, z: 0 };
  for (const [from, to, ox, oz] of [[door.positions, positions, x, z], [door.normals, normals, 0, 0]] as const) {
    const dx = from[at] - ox;
    const dz = from[at + 2] - oz;
    to[at] = ox + dx * cosine + dz * sine;
    to[at + 1] = from[at + 1];
    to[at + 2] = oz - dx * sine + dz * cosine;
  }
}

function materialOf({ mesh: { material } }: Tile): Material {
  return Array.isArray(material) ? material[0] : material;
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
