/**
 * Which variant one looks at, in the headset: a bar below the eyes that goes with the walker, on the left,
 * since one points at the floor ahead to go there. Pointed at and pressed, it shows the next one. Not there
 * where the scene has none.
 */
import { Mesh, MeshBasicMaterial, PlaneGeometry, Raycaster, Vector3, type Scene } from 'three';

import type { Eye } from '../people/where';
import { strings } from '../ui/strings';
import { variantStrings } from '../ui/variant-strings';
import type { Variants } from '../variants/variants';
import { ACCENT, createBoardTexture, drawBoard, font, INK, PAPER } from './board';

export type ShownVariants = Pick<Variants, 'all' | 'title' | 'nextTitle' | 'realities' | 'next'>;

export interface VariantBar {
  /** Keeps it before and below the eye. */
  face(eye: Eye): void;
  /** Shows what a ray points at. */
  point(origin: Vector3, direction: Vector3): void;
  /** @returns whether the press was meant for it. */
  press(origin: Vector3, direction: Vector3): boolean;
  /** Its middle, world frame; undefined where it isn't shown. */
  place(): Vector3 | undefined;
  dispose(): void;
}

const DISTANCE_M = 1;
const BELOW_EYE_M = 0.45;
/** Wide enough for the ground ahead to be free, and still within the picture. */
const LEFT_RAD = 0.6;
const WIDTH_M = 0.62;
const HEIGHT_M = 0.15;
const WIDTH_PX = 744;
const HEIGHT_PX = 180;
/** 40 of 180 pixels, 33 mm: 1.7° of the view. */
const TEXT_PX = 40;
/** It stays where it is until one looks this far aside. */
const ASIDE_RAD = 1.1;

export function createVariantBar(scene: Scene, variants: () => ShownVariants | undefined): VariantBar {
  const texture = createBoardTexture(WIDTH_PX, HEIGHT_PX);
  const geometry = new PlaneGeometry(WIDTH_M, HEIGHT_M);
  const material = new MeshBasicMaterial({ map: texture, depthTest: false, toneMapped: false, transparent: true });
  const mesh = new Mesh(geometry, material);
  mesh.renderOrder = 3;
  mesh.visible = false;
  scene.add(mesh);
  const caster = new Raycaster();
  let yaw: number | undefined;
  let over = false;
  let written = '';

  function draw(): void {
    const now = variants();
    mesh.visible = now !== undefined && now.all.length > 0;
    if (!now || !mesh.visible) return;
    const lines = [variantStrings.youSee(now.title), strings.realities(now.realities), variantStrings.nextIs(now.nextTitle)].filter(Boolean);
    const key = `${lines.join('\n')}${over}`;
    if (key === written) return;
    written = key;
    drawBoard(texture, (context) => {
      const row = HEIGHT_PX / lines.length;
      for (const [i, line] of lines.entries()) {
        const isPress = i === lines.length - 1;
        if (isPress) {
          context.fillStyle = over ? INK : ACCENT;
          context.fillRect(0, i * row, WIDTH_PX, row);
        }
        context.fillStyle = isPress ? PAPER : INK;
        context.font = font(TEXT_PX, i === 0);
        context.fillText(line, 24, (i + 0.5) * row, WIDTH_PX - 48);
      }
    });
  }

  function isMet(origin: Vector3, direction: Vector3): boolean {
    if (!mesh.visible) return false;
    mesh.updateMatrixWorld();
    caster.set(origin, direction);
    return caster.intersectObject(mesh).length > 0;
  }

  return {
    face(eye) {
      draw();
      const aside = yaw === undefined ? Infinity : Math.abs(Math.atan2(Math.sin(eye.yaw - yaw), Math.cos(eye.yaw - yaw)));
      if (yaw === undefined || aside > ASIDE_RAD) yaw = eye.yaw;
      const towards = yaw + LEFT_RAD;
      mesh.position.set(eye.x - Math.sin(towards) * DISTANCE_M, eye.y - BELOW_EYE_M, eye.z - Math.cos(towards) * DISTANCE_M);
      mesh.lookAt(eye.x, eye.y, eye.z);
    },
    point(origin, direction) {
      over = isMet(origin, direction);
      draw();
    },
    press(origin, direction) {
      if (!isMet(origin, direction)) return false;
      variants()?.next();
      draw();
      return true;
    },
    place: () => (mesh.visible ? mesh.position.clone() : undefined),
    dispose() {
      scene.remove(mesh);
      geometry.dispose();
      material.dispose();
      texture.dispose();
    },
  };
}
