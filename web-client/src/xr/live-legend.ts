/**
 * What colours mean, in the headset: a board to the left, where it covers nothing that one looks at. It
 * stays where it is until one has turned away from it.
 */
import { Mesh, MeshBasicMaterial, PlaneGeometry, type Scene } from 'three';

import type { Layer } from '../overlays/layers';
import { layersTold, titleOf } from '../overlays/legend';
import { cssOf, paletteColour } from '../overlays/palette';
import { stepColour } from '../overlays/scale';
import type { Eye } from '../people/where';
import { liveStrings } from '../ui/live-strings';
import { createBoardTexture, drawBoard, font, INK } from './board';

export interface LiveLegend {
  show(layers: readonly Layer[]): void;
  /** Keeps it beside and below the eye; call before each drawn frame. */
  face(eye: Eye): void;
  dispose(): void;
}

const DISTANCE_M = 1.3;
const BELOW_EYE_M = 0.3;
const LEFT_RAD = 0.95;
const ASIDE_RAD = 1.2;
const WIDTH_PX = 720;
const HEIGHT_PX = 720;
const METRE_PX = 1200;
/** 38 of 1200 pixels a metre, 32 mm: 1.4° of the view. */
const TEXT_PX = 38;
const ROW_PX = 50;
const MARGIN_PX = 24;
const MOST = 3;
const A_ROW = 2;

export function createLiveLegend(scene: Scene): LiveLegend {
  const texture = createBoardTexture(WIDTH_PX, HEIGHT_PX);
  const geometry = new PlaneGeometry(WIDTH_PX / METRE_PX, HEIGHT_PX / METRE_PX);
  const material = new MeshBasicMaterial({ map: texture, depthTest: false, toneMapped: false });
  const mesh = new Mesh(geometry, material);
  mesh.renderOrder = 3;
  mesh.visible = false;
  scene.add(mesh);
  let yaw: number | undefined;
  let written = '';

  function draw(context: CanvasRenderingContext2D, layers: readonly Layer[]): void {
    let y = MARGIN_PX + ROW_PX / 2;
    const line = (text: string, x: number, room: number, bold = false): void => {
      context.fillStyle = INK;
      context.font = font(TEXT_PX, bold);
      context.fillText(text, x, y, room);
    };
    for (const layer of layers) {
      const { steps, palette, low, high } = layer.style.scale!;
      line(titleOf(layer), MARGIN_PX, WIDTH_PX - 2 * MARGIN_PX, true);
      y += ROW_PX;
      const words = steps.length > 0 ? steps.map(({ words: called }) => called) : [low, high].map((end) => liveStrings.scaleEnd(end, layer.unit));
      for (const [i, called] of words.entries()) {
        const x = MARGIN_PX + ((i % A_ROW) * (WIDTH_PX - 2 * MARGIN_PX)) / A_ROW;
        context.fillStyle = cssOf(steps.length > 0 ? stepColour(layer.style.scale!, i) : paletteColour(palette, i));
        context.fillRect(x, y - 16, 32, 32);
        context.strokeStyle = INK;
        context.lineWidth = 2;
        context.strokeRect(x, y - 16, 32, 32);
        line(called, x + 46, WIDTH_PX / A_ROW - 90);
        if (i % A_ROW === A_ROW - 1 || i === words.length - 1) y += ROW_PX;
      }
      y += 12;
    }
    // What is left over isn't there.
    const used = Math.min(HEIGHT_PX, y - ROW_PX / 2 + MARGIN_PX);
    texture.repeat.y = used / HEIGHT_PX;
    texture.offset.y = 1 - used / HEIGHT_PX;
    mesh.scale.y = used / HEIGHT_PX;
  }

  return {
    show(layers) {
      const told = layersTold(layers).slice(0, MOST);
      mesh.visible = told.length > 0;
      const key = told.map(({ name, title }) => `${name} ${title}`).join('\n');
      if (key === written || told.length === 0) return;
      written = key;
      drawBoard(texture, (context) => draw(context, told));
    },
    face(eye) {
      const aside = yaw === undefined ? Infinity : Math.abs(Math.atan2(Math.sin(eye.yaw - yaw), Math.cos(eye.yaw - yaw)));
      if (yaw === undefined || aside > ASIDE_RAD) yaw = eye.yaw;
      const towards = yaw + LEFT_RAD;
      mesh.position.set(eye.x - Math.sin(towards) * DISTANCE_M, eye.y - BELOW_EYE_M, eye.z - Math.cos(towards) * DISTANCE_M);
      mesh.lookAt(eye.x, eye.y, eye.z);
    },
    dispose() {
      scene.remove(mesh);
      geometry.dispose();
      material.dispose();
      texture.dispose();
    },
  };
}
