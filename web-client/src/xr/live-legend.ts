/** What the colours mean, in the headset: a board to the left, where it covers nothing that one looks at. */
import type { Scene } from 'three';

import type { Layer } from '../overlays/layers';
import { layersTold, titlesOf } from '../overlays/legend';
import { cssOf, paletteColour } from '../overlays/palette';
import { stepColour } from '../overlays/scale';
import type { Eye } from '../people/where';
import { liveStrings } from '../ui/live-strings';
import { font, INK } from './board';
import { createSideBoard } from './side-board';

export interface LiveLegend {
  show(layers: readonly Layer[]): void;
  /** Keeps it beside the eye; call before each drawn frame. */
  face(eye: Eye): void;
  dispose(): void;
}

/** A pixel is 0.8 mm: the text, 36 of them, fills 1.6° of the view. */
const SHAPE = { widthM: 0.48, heightM: 0.496, widthPx: 600, heightPx: 620, asideRad: 0.98, belowEyeM: 0.12 };
const TEXT_PX = 36;
const ROW_PX = 44;
const MARGIN_PX = 20;
const SWATCH_PX = 30;
const MOST = 3;
const A_ROW = 2;

export function createLiveLegend(scene: Scene): LiveLegend {
  const board = createSideBoard(scene, SHAPE);
  return {
    show(layers) {
      const told = layersTold(layers).slice(0, MOST);
      board.visible = told.length > 0;
      board.write(told.map(({ name, title }) => `${name} ${title}`).join('\n'), (context) => draw(context, told));
    },
    face: board.face,
    dispose: board.dispose,
  };
}

function draw(context: CanvasRenderingContext2D, layers: readonly Layer[]): void {
  const room = SHAPE.widthPx - 2 * MARGIN_PX;
  let y = MARGIN_PX + ROW_PX / 2;
  const { titles, note } = titlesOf(layers);
  for (const [at, layer] of layers.entries()) {
    const scale = layer.style.scale!;
    write(titles[at], MARGIN_PX, room, true);
    y += ROW_PX;
    const words = scale.steps.length > 0 ? scale.steps.map(({ words: called }) => called) : [scale.low, scale.high].map((end) => liveStrings.scaleEnd(end, layer.unit));
    for (const [i, called] of words.entries()) {
      const x = MARGIN_PX + ((i % A_ROW) * room) / A_ROW;
      context.fillStyle = cssOf(scale.steps.length > 0 ? stepColour(scale, i) : paletteColour(scale.palette, i));
      context.fillRect(x, y - SWATCH_PX / 2, SWATCH_PX, SWATCH_PX);
      context.strokeStyle = INK;
      context.lineWidth = 2;
      context.strokeRect(x, y - SWATCH_PX / 2, SWATCH_PX, SWATCH_PX);
      write(called, x + SWATCH_PX + 12, room / A_ROW - SWATCH_PX - 20);
      if (i % A_ROW === A_ROW - 1 || i === words.length - 1) y += ROW_PX;
    }
  }
  write(note, MARGIN_PX, room);

  function write(text: string, x: number, width: number, bold = false): void {
    context.fillStyle = INK;
    context.font = font(TEXT_PX, bold);
    context.fillText(text, x, y, width);
  }
}
