/**
 * Which variant one looks at, in the headset: a bar on the left. Pointed at and pressed, it shows the next one.
 * Not there where the scene has none.
 */
import type { Scene, Vector3 } from 'three';

import type { Eye } from '../people/where';
import { strings } from '../ui/strings';
import { variantStrings } from '../ui/variant-strings';
import type { Variants } from '../variants/variants';
import { ACCENT, font, INK, PAPER } from './board';
import { createSideBoard } from './side-board';

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

/** Wide enough for the ground ahead to be free, and still within the picture. */
const LEFT_RAD = 0.6;
const WIDTH_PX = 744;
const HEIGHT_PX = 180;
/** 40 of 180 pixels, 33 mm: 1.7° of the view. */
const TEXT_PX = 40;

export function createVariantBar(scene: Scene, variants: () => ShownVariants | undefined): VariantBar {
  const board = createSideBoard(scene, { widthM: 0.62, heightM: 0.15, widthPx: WIDTH_PX, heightPx: HEIGHT_PX, asideRad: LEFT_RAD });
  let over = false;

  function draw(): void {
    const now = variants();
    board.visible = now !== undefined && now.all.length > 0;
    if (!now || !board.visible) return;
    const lines = [variantStrings.youSee(now.title), strings.realities(now.realities), variantStrings.nextIs(now.nextTitle)].filter(Boolean);
    board.write(`${lines.join('\n')}${over}`, (context) => {
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

  return {
    face(eye) {
      draw();
      board.face(eye);
    },
    point(origin, direction) {
      over = board.meet(origin, direction) !== undefined;
      draw();
    },
    press(origin, direction) {
      if (!board.meet(origin, direction)) return false;
      variants()?.next();
      draw();
      return true;
    },
    place: () => (board.visible ? board.placeAt(0.5, 0.5) : undefined),
    dispose: board.dispose,
  };
}
