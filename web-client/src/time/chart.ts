/**
 * A chart of one datastream on a canvas: the mean as a line, lowest to highest as a shade, and hatched what
 * speaks against values. The same on the page and on boards in the headset. Fetched when somebody asks.
 */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import { timeStrings as strings } from '../ui/time-strings';
import type { Colours } from './colours';
import type { Content } from './content';
import type { Limit } from './limits';
import { lineOf } from './series';

export interface ChartOptions {
  readonly place: HTMLElement;
  readonly content: Content;
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly fontPx: number;
  readonly colours: Colours;
  /** The step under the pointer, an index of the series; −1: none. */
  readonly pointed?: (index: number) => void;
  /** The canvas shows something else than before. */
  readonly drawn?: () => void;
}

export interface Chart {
  show(content: Content): void;
  /** Marks a step, an index of the series; −1: none. */
  mark(index: number): void;
  readonly canvas: HTMLCanvasElement;
  dispose(): void;
}

const FAMILY = "'Atkinson Hyperlegible', sans-serif";
const DAY_S = 86_400;
/** A limit is shown where values come near it: up to so many times the highest. */
const NEAR_LIMIT = 2;

export function createChart({ place, content, width, height, fontPx, colours, pointed, drawn }: ChartOptions): Chart {
  let now = content;
  /** Points of the line → steps of the series; −1 where there is no news. */
  let steps: number[] = [];
  const font = `${fontPx}px ${FAMILY}`;

  function data(): uPlot.AlignedData {
    const line = lineOf(now.series, now.freshness.staleAfterS);
    let step = -1;
    steps = line.mean.map((mean) => (mean === null ? -1 : (step += 1)));
    return [line.times, line.high, line.low, line.mean];
  }

  const axis: uPlot.Axis = {
    font,
    stroke: colours.quiet,
    grid: { stroke: colours.line, width: 1 },
    ticks: { stroke: colours.line, width: 1, size: fontPx / 3 },
  };
  const plot = new uPlot(
    {
      width,
      height,
      padding: [fontPx * 1.8, fontPx, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: fontPx * 0.8 } },
      scales: { x: { range: () => [now.span.fromMs / 1000, now.span.toMs / 1000] }, y: { range: (_, low, high) => heights(low, high, now.limits) } },
      series: [
        {},
        { stroke: 'transparent', points: { show: false } },
        { stroke: 'transparent', points: { show: false } },
        { stroke: colours.accent, width: fontPx / 6, points: { show: true, size: fontPx / 2, fill: colours.accent, filter: lonely } },
      ],
      bands: [{ series: [1, 2], fill: faint(colours.accent, 0.28) }],
      axes: [
        { ...axis, size: fontPx * 2, space: fontPx * 4, values: (_, times) => times.map((time) => tickWords(time, (now.span.toMs - now.span.fromMs) / 1000)) },
        { ...axis, size: (_, values) => widest(values ?? []) * fontPx * 0.6 + fontPx, space: fontPx * 2.4 },
      ],
      hooks: {
        drawAxes: [drawTroubles],
        draw: [drawLimits, drawUnit, () => drawn?.()],
        setCursor: [({ cursor: { idx } }) => pointed?.(idx === null || idx === undefined ? -1 : (steps[idx] ?? -1))],
      },
    },
    data(),
    place,
  );

  function drawTroubles({ ctx, bbox, valToPos }: uPlot): void {
    for (const { kind, from, to } of now.troubles) {
      const left = Math.max(bbox.left, valToPos(from, 'x', true));
      const right = Math.min(bbox.left + bbox.width, valToPos(to, 'x', true));
      if (right <= left) continue;
      const wide = Math.max(right - left, 4 * uPlot.pxRatio);
      ctx.save();
      ctx.beginPath();
      ctx.rect(left, bbox.top, wide, bbox.height);
      ctx.clip();
      ctx.strokeStyle = faint(colours.warn, 0.55);
      ctx.lineWidth = (fontPx / 9) * uPlot.pxRatio;
      ctx.beginPath();
      const gap = fontPx * 0.7 * uPlot.pxRatio;
      for (let x = left - bbox.height - (left % gap); x < right; x += gap) {
        ctx.moveTo(x, bbox.top + bbox.height);
        ctx.lineTo(x + bbox.height, bbox.top);
      }
      ctx.stroke();
      const words = strings.shortTroubles[kind];
      ctx.font = `${fontPx * 0.92 * uPlot.pxRatio}px ${FAMILY}`;
      const room = ctx.measureText(words).width + fontPx * uPlot.pxRatio;
      if (room <= right - left) plate(ctx, words, (left + right) / 2, bbox.top + fontPx * uPlot.pxRatio, room);
      ctx.restore();
    }
  }

  /** Words on paper, as text on hatching can't be read. */
  function plate(ctx: CanvasRenderingContext2D, words: string, x: number, y: number, width: number): void {
    const height = fontPx * 1.4 * uPlot.pxRatio;
    ctx.fillStyle = colours.paper;
    ctx.fillRect(x - width / 2, y - height / 2, width, height);
    ctx.fillStyle = colours.warn;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    ctx.fillText(words, x, y);
  }

  function drawLimits({ ctx, bbox, valToPos, scales }: uPlot): void {
    ctx.save();
    for (const { value, words } of now.limits) {
      if (value < (scales.y.min ?? -Infinity) || value > (scales.y.max ?? Infinity)) continue;
      const y = valToPos(value, 'y', true);
      ctx.strokeStyle = colours.ink;
      ctx.lineWidth = (fontPx / 9) * uPlot.pxRatio;
      ctx.setLineDash([fontPx * 0.5 * uPlot.pxRatio, fontPx * 0.4 * uPlot.pxRatio]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      ctx.setLineDash([]);
      ctx.font = `${fontPx * 0.92 * uPlot.pxRatio}px ${FAMILY}`;
      ctx.textAlign = 'right';
      ctx.textBaseline = 'bottom';
      // A rim of paper, so that the words can be read on the line.
      ctx.strokeStyle = colours.paper;
      ctx.lineWidth = (fontPx / 3) * uPlot.pxRatio;
      ctx.lineJoin = 'round';
      ctx.fillStyle = colours.ink;
      const x = bbox.left + bbox.width - 4 * uPlot.pxRatio;
      ctx.strokeText(words, x, y - 3 * uPlot.pxRatio);
      ctx.fillText(words, x, y - 3 * uPlot.pxRatio);
    }
    ctx.restore();
  }

  function drawUnit({ ctx, bbox }: uPlot): void {
    ctx.save();
    ctx.font = `bold ${fontPx * uPlot.pxRatio}px ${FAMILY}`;
    ctx.fillStyle = colours.ink;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'middle';
    ctx.fillText(now.unit, 4 * uPlot.pxRatio, bbox.top - fontPx * uPlot.pxRatio);
    ctx.restore();
  }

  return {
    canvas: plot.ctx.canvas,
    show(next) {
      now = next;
      plot.setData(data());
    },
    mark(index) {
      const point = index < 0 ? -1 : steps.indexOf(index);
      if (point < 0) return plot.setCursor({ left: -10, top: -10 });
      plot.setCursor({ left: plot.valToPos(plot.data[0][point], 'x'), top: plot.bbox.height / 2 / uPlot.pxRatio });
    },
    dispose: () => plot.destroy(),
  };
}

/** Room for the values and for limits near them; from nought where that is not far below. */
function heights(low: number | null, high: number | null, limits: readonly Limit[]): [number, number] {
  if (low === null || high === null) return [0, 1];
  const near = limits.filter(({ value }) => value > low && value <= high * NEAR_LIMIT).map(({ value }) => value);
  const top = Math.max(high, ...near);
  const room = (top - low || Math.abs(top) || 1) * 0.12;
  return [low >= 0 && low < top / 2 ? 0 : low - room, top + room];
}

/** Points that no line leads to or from. */
function lonely({ data }: uPlot, series: number): number[] {
  const values = data[series];
  const found: number[] = [];
  values.forEach((value, i) => {
    if (value !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null) found.push(i);
  });
  return found;
}

function tickWords(timeS: number, spanS: number): string {
  const date = new Date(timeS * 1000);
  const isMidnight = date.getHours() === 0 && date.getMinutes() === 0;
  if (spanS <= 2 * DAY_S && !isMidnight) return date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  return date.toLocaleDateString('en-GB', spanS > 10 * DAY_S ? { day: 'numeric', month: 'short' } : { weekday: 'short', day: 'numeric' });
}

function widest(words: readonly string[]): number {
  return Math.max(0, ...words.map(({ length }) => length));
}

function faint(colour: string, share: number): string {
  return `${colour}${Math.round(share * 255).toString(16).padStart(2, '0')}`;
}
