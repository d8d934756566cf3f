/** Where a pointed ray meets walkable ground, shown as a ring, and the jump to it. */
import { DoubleSide, Mesh, MeshBasicMaterial, RingGeometry, Vector3, type Scene } from 'three';

import type { Body } from '../walk/body';

export interface Teleport {
  aim(origin: Vector3, direction: Vector3): void;
  /** Ends aiming; the place to stand at, if there was one. */
  release(): Vector3 | undefined;
  dispose(): void;
}

const FARTHEST_M = 25;
/** Room that a body needs around the place. */
const HEAD_ROOM_M = 1.7;

export function createTeleport(scene: Scene, body: Body): Teleport {
  const geometry = new RingGeometry(0.28, 0.36, 40).rotateX(-Math.PI / 2);
  const material = new MeshBasicMaterial({ color: 0x0b5c86, side: DoubleSide, depthTest: false });
  const ring = new Mesh(geometry, material);
  ring.renderOrder = 1;
  ring.visible = false;
  scene.add(ring);
  const above = new Vector3();

  return {
    aim(origin, direction) {
      const hit = body.world?.hit(origin, direction, FARTHEST_M);
      ring.visible = false;
      if (!hit?.walkable || !body.world?.hasGround(hit.point.x, hit.point.z)) return;
      above.copy(hit.point);
      above.y += 0.05;
      if (body.world.hit(above, ring.up, HEAD_ROOM_M)) return;
      ring.visible = true;
      ring.position.copy(hit.point);
      ring.position.y += 0.02;
    },
    release() {
      if (!ring.visible) return undefined;
      ring.visible = false;
      return ring.position.clone();
    },
    dispose() {
      scene.remove(ring);
      geometry.dispose();
      material.dispose();
    },
  };
}
