/**
 * A board in the headset that goes with the walker, below the eyes and to one side, since one points at the
 * floor ahead to go there.
 */
import { Mesh, MeshBasicMaterial, PlaneGeometry, Raycaster, Vector3, type Scene } from 'three';

import type { Eye } from '../people/where';
import { createBoardTexture, drawBoard } from './board';

export interface SideBoardShape {
  readonly widthM: number;
  readonly heightM: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** From straight ahead, radians; to the left is positive. */
  readonly asideRad: number;
  /** From the eye down to its middle; left out, low enough for the floor ahead to be free. */
  readonly belowEyeM?: number;
}

export interface SideBoard {
  visible: boolean;
  /** Keeps it before and below the eye. */
  face(eye: Eye): void;
  /** Draws it anew where `key` differs from the last. */
  write(key: string, draw: (context: CanvasRenderingContext2D) => void): void;
  /** Where a ray meets it: 0 to 1 from the left and from the top; undefined where it misses or isn't shown. */
  meet(origin: Vector3, direction: Vector3): { readonly x: number; readonly y: number } | undefined;
  /** A place on it, from 0 to 1, in the world frame. */
  placeAt(x: number, y: number): Vector3;
  dispose(): void;
}

const DISTANCE_M = 1;
const BELOW_EYE_M = 0.45;
/** It stays where it is until one looks this far aside. */
const FOLLOWS_RAD = 1.1;

export function createSideBoard(scene: Scene, { widthM, heightM, widthPx, heightPx, asideRad, belowEyeM = BELOW_EYE_M }: SideBoardShape): SideBoard {
  const texture = createBoardTexture(widthPx, heightPx);
  const geometry = new PlaneGeometry(widthM, heightM);
  const material = new MeshBasicMaterial({ map: texture, depthTest: false, toneMapped: false, transparent: true });
  const mesh = new Mesh(geometry, material);
  mesh.renderOrder = 3;
  mesh.visible = false;
  scene.add(mesh);
  const caster = new Raycaster();
  let yaw: number | undefined;
  let written = '';

  return {
    get visible() {
      return mesh.visible;
    },
    set visible(on) {
      mesh.visible = on;
    },
    face(eye) {
      const aside = yaw === undefined ? Infinity : Math.abs(Math.atan2(Math.sin(eye.yaw - yaw), Math.cos(eye.yaw - yaw)));
      if (yaw === undefined || aside > FOLLOWS_RAD) yaw = eye.yaw;
      const towards = yaw + asideRad;
      mesh.position.set(eye.x - Math.sin(towards) * DISTANCE_M, eye.y - belowEyeM, eye.z - Math.cos(towards) * DISTANCE_M);
      mesh.lookAt(eye.x, eye.y, eye.z);
    },
    write(key, draw) {
      if (key === written) return;
      written = key;
      drawBoard(texture, draw);
    },
    meet(origin, direction) {
      if (!mesh.visible) return undefined;
      mesh.updateMatrixWorld();
      caster.set(origin, direction);
      const uv = caster.intersectObject(mesh)[0]?.uv;
      return uv && { x: uv.x, y: 1 - uv.y };
    },
    placeAt(x, y) {
      mesh.updateMatrixWorld();
      return mesh.localToWorld(new Vector3((x - 0.5) * widthM, (0.5 - y) * heightM, 0));
    },
    dispose() {
      scene.remove(mesh);
      geometry.dispose();
      material.dispose();
      texture.dispose();
    },
  };
}
