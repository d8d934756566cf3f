/** One door that is drawn by itself while it is open: its leaves turn, and its tile shows nothing of it. */
import { BufferAttribute, BufferGeometry, Mesh, type Material, type Scene } from 'three';

import type { Tile } from '../city/city';
import type { DoorMesh } from './door-mesh';
import { leavesOf, type Leaf } from './leaves';

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
