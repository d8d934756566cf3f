/**
 * What is being placed, drawn as a sketch: striped and see-through, on a ring that shows how it is
 * turned. It throws a shadow, so that one sees where it stands.
 */
import { BufferAttribute, BufferGeometry, DoubleSide, Group, Matrix4, Mesh, MeshBasicMaterial, MeshLambertMaterial, Ray, Vector3, type Camera } from 'three';
import { MeshBVH } from 'three-mesh-bvh';

import { sceneToWorld, type Vec3 } from '../core/frames';
import { forget, readModel } from './model';

export interface Ghost {
  readonly group: Group;
  /** @param position of its foot's middle, scene frame; @param headingDeg clockwise from north. */
  place(position: Vec3, headingDeg: number): void;
  /** Where a ray of the world frame meets it first; world frame. */
  meets(ray: Ray): Vector3 | undefined;
  /** From the world frame to that of the preview, as the server has it: x east, y north, z up. */
  intoModel(point: Vector3): Vec3;
  /** From there to the world frame. */
  intoWorld(point: Vec3): Vector3;
  /** The knob that one turns it by, and above its top; world frame. */
  readonly knob: Vector3;
  readonly top: Vector3;
  readonly foot: Vector3;
  dispose(): void;
}

export interface GhostOptions {
  /** The preview. */
  readonly glb: Uint8Array;
  /** Preview frame: least and greatest corner. */
  readonly box: readonly [Vec3, Vec3];
  /** Called with each picture, when what stands where on screen is known. */
  readonly drawn: (camera: Camera) => void;
}

/** How far the ring lies outside of the building, and how broad it is, metres. */
const RING_OUT_M = 2;
const RING_BREADTH_M = 0.28;
const RING_CORNERS = 96;
/** Clockwise from the model's north: to the right of who looks at its front. */
export const KNOB_DEG = 125;
/** Above the ground, so that it isn't in it. */
const RING_ABOVE_M = 0.15;
const TOP_ABOVE_M = 1;
const TINT = 0x1f7fd0;
/** Drawn after the city, and its ring through what stands before it. */
const AFTER_CITY = 20;

export function createGhost({ glb, box: [least, greatest], drawn }: GhostOptions): Ghost {
  const ringMaterial = new MeshBasicMaterial({ color: TINT, transparent: true, opacity: 0.9, depthTest: false, side: DoubleSide, fog: false });
  const solid = sketch(0.86, ringMaterial.color);
  const clear = sketch(0.4, ringMaterial.color);
  const model = readModel(glb, solid, clear);
  const radius = Math.hypot(Math.max(-least[0], greatest[0]), Math.max(-least[1], greatest[1])) + RING_OUT_M;
  const ring = new Mesh(ringGeometry(radius), ringMaterial);
  ring.renderOrder = AFTER_CITY;
  ring.frustumCulled = false;
  ring.onBeforeRender = (_renderer, _scene, camera) => drawn(camera);
  model.traverse((part) => (part.renderOrder = AFTER_CITY - 1));
  const group = new Group();
  group.add(model, ring);
  const trees = new WeakMap<BufferGeometry, MeshBVH>();
  const knob = new Vector3();
  const top = new Vector3();
  const foot = new Vector3();
  const local = new Ray();
  const inverse = new Matrix4();

  function treeOf(geometry: BufferGeometry): MeshBVH {
    const tree = trees.get(geometry) ?? new MeshBVH(geometry, { indirect: true });
    trees.set(geometry, tree);
    return tree;
  }

  return {
    group,
    place(position, headingDeg) {
      group.position.set(...sceneToWorld(position));
      group.rotation.y = (-headingDeg * Math.PI) / 180;
      group.updateMatrixWorld(true);
      const angle = (KNOB_DEG * Math.PI) / 180;
      group.localToWorld(knob.set(radius * Math.sin(angle), RING_ABOVE_M, -radius * Math.cos(angle)));
      group.localToWorld(top.set(0, greatest[2] + TOP_ABOVE_M, 0));
      foot.copy(group.position);
    },
    meets(ray) {
      let nearest: Vector3 | undefined;
      model.traverse((part) => {
        if (!(part instanceof Mesh)) return;
        const geometry = part.geometry as BufferGeometry;
        if (geometry.getAttribute('position').count === 0) return;
        local.copy(ray).applyMatrix4(inverse.copy(part.matrixWorld).invert());
        local.direction.normalize();
        const point = treeOf(geometry).raycastFirst(local, DoubleSide)?.point.clone().applyMatrix4(part.matrixWorld);
        if (point && (!nearest || point.distanceTo(ray.origin) < nearest.distanceTo(ray.origin))) nearest = point;
      });
      return nearest;
    },
    intoModel(point) {
      const { x, y, z } = group.worldToLocal(point.clone());
      return [x, -z, y];
    },
    intoWorld: ([x, y, z]) => group.localToWorld(new Vector3(x, z, -y)),
    knob,
    top,
    foot,
    dispose() {
      group.removeFromParent();
      forget(model);
      ring.geometry.dispose();
      for (const material of [solid, clear, ringMaterial]) material.dispose();
    },
  };
}

/** Its own colours, half of them blue, with stripes that stand still on the screen. */
function sketch(opacity: number, tint: MeshBasicMaterial['color']): MeshLambertMaterial {
  const material = new MeshLambertMaterial({ vertexColors: true, transparent: true, opacity, side: DoubleSide, forceSinglePass: true });
  material.onBeforeCompile = (shader) => {
    shader.uniforms.tint = { value: tint };
    shader.fragmentShader = shader.fragmentShader.replace('#include <common>', '#include <common>\nuniform vec3 tint;').replace(
      '#include <color_fragment>',
      `#include <color_fragment>
      diffuseColor.rgb = mix(diffuseColor.rgb, tint, 0.34);
      float stripe = fract((gl_FragCoord.x + gl_FragCoord.y) / 18.0);
      diffuseColor.rgb = mix(diffuseColor.rgb, vec3(1.0), 0.2 * smoothstep(0.42, 0.5, stripe) * smoothstep(1.0, 0.92, stripe));`,
    );
  };
  return material;
}

/** A flat ring. */
function ringGeometry(radius: number): BufferGeometry {
  const positions: number[] = [];
  const index: number[] = [];
  for (let i = 0; i < RING_CORNERS; i += 1) {
    const angle = (2 * Math.PI * i) / RING_CORNERS;
    for (const out of [radius - RING_BREADTH_M, radius]) positions.push(out * Math.sin(angle), RING_ABOVE_M, -out * Math.cos(angle));
    const next = (2 * i + 2) % (2 * RING_CORNERS);
    index.push(2 * i, 2 * i + 1, next, next, 2 * i + 1, next + 1);
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(new Float32Array(positions), 3));
  geometry.setIndex(index);
  return geometry;
}
