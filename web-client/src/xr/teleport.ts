/** Where a pointed ray meets a floor with room to stand, shown as a ring, and the jump to it. */
import { DoubleSide, Mesh, MeshBasicMaterial, RingGeometry, Vector3, type Scene } from 'three';

import type { Body } from '../walk/body';
import { standingPlace } from '../walk/walker';

export interface Teleport {
  aim(origin: Vector3, direction: Vector3): void;
  /** Ends aiming; the place to stand at, if there was one. */
  release(): Vector3 | undefined;
  dispose(): void;
}

const FARTHEST_M = 25;
/** Rays start here, so that a hand through a wall or ceiling points at nothing behind it. */
const SHOULDER_M = 1.3;

export function createTeleport(scene: Scene, body: Body): Teleport {
  const geometry = new RingGeometry(0.28, 0.36, 40).rotateX(-Math.PI / 2);
  const material = new MeshBasicMaterial({ color: 0x0b5c86, side: DoubleSide, depthTest: false });
  const ring = new Mesh(geometry, material);
  ring.renderOrder = 1;
  ring.visible = false;
  scene.add(ring);
  const shoulder = new Vector3();
  const place = new Vector3();

  function pointedAt(origin: Vector3, direction: Vector3): Vector3 | undefined {
    const { world, walker } = body;
    // From below, a floor is a ceiling.
    if (!world || !walker || direction.y >= 0) return undefined;
    shoulder.copy(walker.feet).setY(walker.feet.y + SHOULDER_M);
    if (world.blocked(shoulder, origin)) return undefined;
    const hit = world.hit(origin, direction, FARTHEST_M);
    return hit?.walkable ? standingPlace(world, hit.point) : undefined;
  }

  return {
    aim(origin, direction) {
      const found = pointedAt(origin, direction);
      ring.visible = found !== undefined;
      if (!found) return;
      place.copy(found);
      ring.position.set(found.x, found.y + 0.02, found.z);
    },
    release() {
      if (!ring.visible) return undefined;
      ring.visible = false;
      return place.clone();
    },
    dispose() {
      scene.remove(ring);
      geometry.dispose();
      material.dispose();
    },
  };
}
