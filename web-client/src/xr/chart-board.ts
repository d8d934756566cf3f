/** The chart of a sensor in the headset: a board that stays where it was opened, large enough to read. */
import { Mesh, MeshBasicMaterial, PlaneGeometry, Raycaster, Vector3, type Scene } from 'three';

import { plainName } from '../overlays/reading';
import type { Sensor } from '../overlays/sensors';
import type { Eye } from '../people/where';
import type { StyleRule } from '../protocol/messages';
import type { Chart } from '../time/chart';
import type { Colours } from '../time/colours';
import { fetchContent, RANGES, type Content, type Range } from '../time/content';
import { liveStrings } from '../ui/live-strings';
import { timeStrings as strings } from '../ui/time-strings';
import { ACCENT, createBoardTexture, drawBoard, font, INK, linesOf, PAPER, shortened, WARN } from './board';

export interface ChartBoardOptions {
  readonly scene: Scene;
  /** Of the server. */
  readonly sceneName: string;
  readonly rules: () => readonly StyleRule[];
  /** The moment that is shown, microseconds since 1970 UTC. */
  readonly now: () => number;
}

export interface ChartBoard {
  open(sensor: Sensor, eye: Eye): void;
  close(): void;
  /** Another moment is looked at. */
  renew(): void;
  /** Shows what a ray points at. */
  point(origin: Vector3, direction: Vector3): void;
  /** @returns whether the press was meant for it. */
  press(origin: Vector3, direction: Vector3): boolean;
  /** Middles of what can be pressed, world frame; empty where it is closed. */
  places(): readonly Vector3[];
  dispose(): void;
}

const COLOURS: Colours = { ink: INK, quiet: INK, line: '#c3cbd0', accent: ACCENT, warn: WARN, paper: PAPER };
const DISTANCE_M = 1.25;
/** Above the boards at the sides. */
const BELOW_EYE_M = 0;
const WIDTH_M = 1;
const WIDTH_PX = 1024;
const HEIGHT_PX = 760;
const HEIGHT_M = (WIDTH_M * HEIGHT_PX) / WIDTH_PX;
const HEAD_PX = 80;
const CHART_PX = 470;
const SAID_PX = HEIGHT_PX - 2 * HEAD_PX - CHART_PX;
/** 34 of 1024 pixels, 33 mm: 1.5° of the view. */
const TEXT_PX = 34;
const CELLS = RANGES.length + 1;

export function createChartBoard({ scene, sceneName, rules, now }: ChartBoardOptions): ChartBoard {
  const texture = createBoardTexture(WIDTH_PX, HEIGHT_PX);
  const geometry = new PlaneGeometry(WIDTH_M, HEIGHT_M);
  const material = new MeshBasicMaterial({ map: texture, depthTest: false, toneMapped: false, transparent: true });
  const mesh = new Mesh(geometry, material);
  mesh.renderOrder = 3;
  mesh.visible = false;
  scene.add(mesh);
  const caster = new Raycaster();
  let sensor: Sensor | undefined;
  let range: Range = 'day';
  let content: Content | undefined;
  let chart: Chart | undefined;
  let saying = '';
  let over = -1;
  let request = new AbortController();

  async function fetchAgain(): Promise<void> {
    if (!sensor) return;
    request.abort();
    const mine = (request = new AbortController());
    forget();
    saying = strings.loading;
    draw();
    const asked = { scene: sceneName, datastream: sensor.datastream, rules: rules(), range, toMs: now() / 1000, widthPx: WIDTH_PX / 2 };
    try {
      const [fetched, { createChart }] = await Promise.all([fetchContent(asked, mine.signal), import('../time/chart')]);
      if (mine.signal.aborted) return;
      content = fetched;
      saying = fetched.series.times.length > 0 ? '' : strings.noHistory;
      // The page's own pixels don't matter here: the board has its own.
      const scale = 1 / devicePixelRatio;
      const place = document.createElement('div');
      if (!saying) chart = createChart({ place, content, width: WIDTH_PX * scale, height: CHART_PX * scale, fontPx: TEXT_PX * scale, colours: COLOURS, drawn: draw });
    } catch {
      if (mine.signal.aborted) return;
      saying = strings.historyFailed;
    }
    draw();
  }

  function forget(): void {
    chart?.dispose();
    chart = undefined;
    content = undefined;
  }

  function draw(): void {
    if (!sensor) return;
    const { name, reality, unit } = sensor.datastream;
    drawBoard(texture, (context) => {
      context.fillStyle = ACCENT;
      context.fillRect(0, 0, WIDTH_PX, HEAD_PX);
      context.fillStyle = PAPER;
      drawHead(context, plainName(name, reality), liveStrings.reality(reality));
      context.fillStyle = INK;
      context.font = font(TEXT_PX);
      if (saying) context.fillText(saying, 24, HEAD_PX + CHART_PX / 2, WIDTH_PX - 48);
      else if (chart) context.drawImage(chart.canvas, 0, HEAD_PX, WIDTH_PX, CHART_PX);
      const said = content ? saidOf(content, unit) : '';
      for (const [i, line] of linesOf(context, said, WIDTH_PX - 48, 2).entries()) context.fillText(line, 24, HEAD_PX + CHART_PX + (i + 0.5) * (SAID_PX / 2.5));
      drawCells(context);
    });
  }

  function drawCells(context: CanvasRenderingContext2D): void {
    const width = WIDTH_PX / CELLS;
    const top = HEIGHT_PX - HEAD_PX;
    context.textAlign = 'center';
    for (const [i, words] of [...RANGES.map((one) => strings.ranges[one]), strings.closeChart].entries()) {
      const isChosen = RANGES[i] === range;
      context.fillStyle = i === over ? INK : isChosen ? ACCENT : COLOURS.line;
      context.fillRect(i * width + 3, top + 3, width - 6, HEAD_PX - 6);
      context.fillStyle = i === over || isChosen ? PAPER : INK;
      context.fillText(words, (i + 0.5) * width, top + HEAD_PX / 2, width - 16);
    }
    context.textAlign = 'start';
  }

  /** −1 beside all that can be pressed, undefined beside the board. */
  function cellAt(origin: Vector3, direction: Vector3): number | undefined {
    if (!mesh.visible) return undefined;
    mesh.updateMatrixWorld();
    caster.set(origin, direction);
    const uv = caster.intersectObject(mesh)[0]?.uv;
    return uv && (uv.y > HEAD_PX / HEIGHT_PX ? -1 : Math.min(CELLS - 1, Math.floor(uv.x * CELLS)));
  }

  function close(): void {
    request.abort();
    forget();
    sensor = undefined;
    mesh.visible = false;
  }

  return {
    open(shown, eye) {
      sensor = shown;
      over = -1;
      mesh.position.set(eye.x - Math.sin(eye.yaw) * DISTANCE_M, eye.y - BELOW_EYE_M, eye.z - Math.cos(eye.yaw) * DISTANCE_M);
      mesh.lookAt(eye.x, eye.y, eye.z);
      mesh.visible = true;
      void fetchAgain();
    },
    close,
    renew: () => void fetchAgain(),
    point(origin, direction) {
      const next = cellAt(origin, direction) ?? -1;
      if (next === over) return;
      over = next;
      draw();
    },
    press(origin, direction) {
      const cell = cellAt(origin, direction);
      if (cell === undefined) return false;
      if (cell === RANGES.length) close();
      else if (cell >= 0) {
        range = RANGES[cell];
        void fetchAgain();
      }
      return true;
    },
    places: () => (mesh.visible ? Array.from({ length: CELLS }, (_, i) => mesh.localToWorld(new Vector3(((i + 0.5) / CELLS - 0.5) * WIDTH_M, (HEAD_PX / 2 / HEIGHT_PX - 0.5) * HEIGHT_M, 0))) : []),
    dispose() {
      close();
      scene.remove(mesh);
      geometry.dispose();
      material.dispose();
      texture.dispose();
    },
  };
}

/** What is shown, and quietly at the end of the line that it wasn't measured. */
function drawHead(context: CanvasRenderingContext2D, name: string, reality: string): void {
  context.font = font(TEXT_PX);
  const room = WIDTH_PX - 48 - (reality ? context.measureText(reality).width + 24 : 0);
  context.textAlign = 'end';
  context.fillText(reality, WIDTH_PX - 24, HEAD_PX / 2);
  context.textAlign = 'start';
  context.font = font(TEXT_PX + 4, true);
  context.fillText(shortened(context, name, '', room), 24, HEAD_PX / 2, room);
}

/** The range of the values, and the first thing that speaks against them. */
function saidOf({ series, troubles }: Content, unit: string): string {
  if (series.times.length === 0) return '';
  const [low, high] = [Math.min(...series.low), Math.max(...series.high)].map((value) => strings.value(value, unit));
  const words = troubles.length > 0 ? ` ${strings.hatched(troubles[0].kind)}` : '';
  return `${strings.between(low, high)}${words}`;
}
