/**
 * Whether one looks at now or at the past, in the headset: a bar on the right, with steps back and the way to
 * now again. Not there where nothing is measured.
 */
import type { Scene, Vector3 } from 'three';

import type { Eye } from '../people/where';
import type { Time } from '../time/time';
import { timeStrings } from '../ui/time-strings';
import { ACCENT, font, INK, PAPER, WARN } from './board';
import { createSideBoard } from './side-board';

export type ShownTime = Pick<Time, 'isOffered' | 'moment' | 'words' | 'step' | 'live'>;

export interface TimeBar {
  /** Keeps it before and below the eye, and its words true. */
  face(eye: Eye): void;
  /** Shows what a ray points at. */
  point(origin: Vector3, direction: Vector3): void;
  /** @returns whether the press was meant for it. */
  press(origin: Vector3, direction: Vector3): boolean;
  /** Middles of what can be pressed, world frame; empty where it isn't shown. */
  places(): readonly Vector3[];
  dispose(): void;
}

/** As far to the right as the bar of variants is to the left. */
const RIGHT_RAD = -0.6;
const WIDTH_PX = 744;
const HEIGHT_PX = 180;
/** 40 of 180 pixels, 33 mm: 1.7° of the view. */
const TEXT_PX = 40;
const HOUR_MS = 3_600_000;
const { headset: words } = timeStrings;

const CHOICES: readonly (readonly [string, (time: ShownTime) => void])[] = [
  [words.dayBack, (time) => time.step(-24 * HOUR_MS)],
  [words.back, (time) => time.step(-HOUR_MS)],
  [words.on, (time) => time.step(HOUR_MS)],
  [words.now, (time) => time.live()],
];

export function createTimeBar(scene: Scene, time: () => ShownTime | undefined): TimeBar {
  const board = createSideBoard(scene, { widthM: 0.62, heightM: 0.15, widthPx: WIDTH_PX, heightPx: HEIGHT_PX, asideRad: RIGHT_RAD });
  let over = -1;

  /** −1 beside all choices, undefined beside the board. */
  function choiceAt(origin: Vector3, direction: Vector3): number | undefined {
    const met = board.meet(origin, direction);
    return met && (met.y < 0.5 ? -1 : Math.min(CHOICES.length - 1, Math.floor(met.x * CHOICES.length)));
  }

  function draw(): void {
    const now = time();
    board.visible = now?.isOffered ?? false;
    if (!now || !board.visible) return;
    const isPast = now.moment !== undefined;
    board.write(`${now.words} ${over}`, (context) => {
      context.fillStyle = isPast ? WARN : PAPER;
      context.fillRect(0, 0, WIDTH_PX, HEIGHT_PX / 2);
      context.fillStyle = isPast ? PAPER : INK;
      context.font = font(TEXT_PX, true);
      context.fillText(isPast ? now.words : words.isLive, 24, HEIGHT_PX / 4, WIDTH_PX - 48);
      const width = WIDTH_PX / CHOICES.length;
      context.textAlign = 'center';
      context.font = font(TEXT_PX);
      for (const [i, [choice]] of CHOICES.entries()) {
        context.fillStyle = i === over ? INK : ACCENT;
        context.fillRect(i * width + 2, HEIGHT_PX / 2 + 2, width - 4, HEIGHT_PX / 2 - 4);
        context.fillStyle = PAPER;
        context.fillText(choice, (i + 0.5) * width, HEIGHT_PX * 0.75, width - 16);
      }
      context.textAlign = 'start';
    });
  }

  return {
    face(eye) {
      draw();
      board.face(eye);
    },
    point(origin, direction) {
      over = choiceAt(origin, direction) ?? -1;
      draw();
    },
    press(origin, direction) {
      const choice = choiceAt(origin, direction);
      const now = time();
      if (choice === undefined || !now) return false;
      if (choice >= 0) CHOICES[choice][1](now);
      draw();
      return true;
    },
    places: () => (board.visible ? CHOICES.map((_, i) => board.placeAt((i + 0.5) / CHOICES.length, 0.75)) : []),
    dispose: board.dispose,
  };
}
