/**
 * The board for commenting in the headset: short phrases to point at, a little below the eyes and
 * 1.2 m away. It stays where it was put, so that the head may move.
 */
import { Mesh, MeshBasicMaterial, Plane, PlaneGeometry, Ray, Vector3, type Scene } from 'three';

import type { Eye } from '../people/where';
import { ACCENT, createBoardTexture, drawBoard, font, INK, PAPER } from './board';

export interface PhraseBoard {
  /** Puts it before the eye. `about`: lines to read above the choices, MOST_ABOUT at most. */
  open(heading: string, choices: readonly string[], eye: Eye, about?: readonly string[]): void;
  /** Instead of the choices, until it is opened again or closed. */
  say(text: string): void;
  close(): void;
  /** Shows what a ray points at. */
  point(origin: Vector3, direction: Vector3): void;
  /** The choice under a ray: its index, −1 beside all; undefined where the board is closed or missed. */
  press(origin: Vector3, direction: Vector3): number | undefined;
  readonly isOpen: boolean;
  /** Middles of the choices, world frame. */
  places(): readonly Vector3[];
  dispose(): void;
}

/** Lines to read above the choices. */
export const MOST_ABOUT = 4;
const DISTANCE_M = 1.2;
const BELOW_EYE_M = 0.18;
const WIDTH_M = 0.72;
const ROW_M = 0.062;
const WIDTH_PX = 768;
const ROW_PX = 66;
/** 34 of 66 pixels, 32 mm: 1.5° of the view. */
const TEXT_PX = 34;

export function createPhraseBoard(scene: Scene, mostChoices: number): PhraseBoard {
  const rows = mostChoices + MOST_ABOUT + 1;
  const height = rows * ROW_M;
  const texture = createBoardTexture(WIDTH_PX, rows * ROW_PX);
  const geometry = new PlaneGeometry(WIDTH_M, height);
  const material = new MeshBasicMaterial({ map: texture, depthTest: false, toneMapped: false, transparent: true });
  // Transparent, so that it is drawn after the signs, and over them.
  const mesh = new Mesh(geometry, material);
  mesh.renderOrder = 3;
  mesh.visible = false;
  scene.add(mesh);
  const plane = new Plane();
  const ray = new Ray();
  const normal = new Vector3();
  const hit = new Vector3();
  let title = '';
  let about: readonly string[] = [];
  let choices: readonly string[] = [];
  let over = -1;
  let saying = '';

  function draw(): void {
    drawBoard(texture, (context) => {
      context.fillStyle = ACCENT;
      context.fillRect(0, 0, WIDTH_PX, ROW_PX);
      context.fillStyle = PAPER;
      context.font = font(TEXT_PX, true);
      context.fillText(title, 24, ROW_PX / 2, WIDTH_PX - 48);
      context.font = font(TEXT_PX);
      if (saying) {
        context.fillStyle = INK;
        context.fillText(saying, 24, ROW_PX * 2, WIDTH_PX - 48);
        return;
      }
      context.fillStyle = INK;
      for (const [index, line] of about.entries()) context.fillText(line, 24, (index + 1.5) * ROW_PX, WIDTH_PX - 48);
      for (const [index, choice] of choices.entries()) {
        const top = (about.length + index + 1) * ROW_PX;
        if (index === over) {
          context.fillStyle = ACCENT;
          context.fillRect(8, top + 4, WIDTH_PX - 16, ROW_PX - 8);
        }
        context.fillStyle = index === over ? PAPER : INK;
        context.fillText(choice, 24, top + ROW_PX / 2, WIDTH_PX - 48);
      }
    });
  }

  function choiceAt(origin: Vector3, direction: Vector3): number | undefined {
    if (!mesh.visible) return undefined;
    mesh.updateMatrixWorld();
    mesh.getWorldDirection(normal);
    plane.setFromNormalAndCoplanarPoint(normal, mesh.position);
    ray.origin.copy(origin);
    ray.direction.copy(direction);
    if (!ray.intersectPlane(plane, hit)) return undefined;
    mesh.worldToLocal(hit);
    if (Math.abs(hit.x) > WIDTH_M / 2 || Math.abs(hit.y) > height / 2) return undefined;
    const row = Math.floor((height / 2 - hit.y) / ROW_M) - 1 - about.length;
    return !saying && row >= 0 && row < choices.length ? row : -1;
  }

  return {
    open(heading, list, eye, lines = []) {
      title = heading;
      choices = list.slice(0, mostChoices);
      about = lines.slice(0, MOST_ABOUT);
      saying = '';
      over = -1;
      mesh.position.set(eye.x - Math.sin(eye.yaw) * DISTANCE_M, eye.y - BELOW_EYE_M, eye.z - Math.cos(eye.yaw) * DISTANCE_M);
      mesh.lookAt(eye.x, eye.y, eye.z);
      mesh.visible = true;
      draw();
    },
    say(text) {
      if (!mesh.visible) return;
      saying = text;
      draw();
    },
    close() {
      mesh.visible = false;
    },
    point(origin, direction) {
      const now = choiceAt(origin, direction) ?? -1;
      if (!mesh.visible || now === over) return;
      over = now;
      draw();
    },
    press: choiceAt,
    get isOpen() {
      return mesh.visible;
    },
    places: () => choices.map((_, index) => mesh.localToWorld(new Vector3(0, height / 2 - (about.length + index + 1.5) * ROW_M, 0))),
    dispose() {
      scene.remove(mesh);
      geometry.dispose();
      material.dispose();
      texture.dispose();
    },
  };
}
