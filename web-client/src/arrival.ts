/** How far the city has come: progress, the first view, and whether it has less detail than wanted. */
import type { City } from './city/city';
import type { Surroundings } from './city/surroundings';
import type { UploadQueue } from './city/upload-queue';
import { MARKS } from './core/marks';
import { spawn } from './net/session';
import type { Complete, Manifest } from './protocol/messages';
import type { Hud } from './ui/hud';
import { strings } from './ui/strings';

/** At least one job a frame is done; they are so small that few take longer. */
const UPLOAD_BUDGET_MS = 1;
/** Until the first picture is whole, to wait for it is worse than an uneven frame. */
const ARRIVAL_BUDGET_MS = 24;
/** Meanwhile, a frame for every few tiles would only hold up the others. */
const FRAME_MS = 250;

export interface ArrivalOptions {
  readonly city: City;
  readonly queue: UploadQueue;
  readonly hud: Hud;
  readonly canvas: HTMLCanvasElement;
  readonly surroundings: Pick<Surroundings, 'edge' | 'plainHeight'>;
  /** Everything in the picture is drawn as finely as it is wanted: the time for all that can wait. */
  readonly whole: (manifest: Manifest) => void;
  /** This is the city from now on. */
  readonly shown: (manifest: Manifest) => void;
  /** Everything wanted for the first view is drawn. */
  readonly ready: () => void;
}

export interface Arrival {
  /** This is the city, in this revision, that is shown from now on. */
  show(manifest: Manifest, revision: number): void;
  readonly manifest: Manifest | undefined;
  readonly revision: number;
  placed(): void;
  /** All tiles in the picture have come, and the rest follows. */
  pictureSent(): void;
  complete(message: Complete): void;
  /** Memory ran out: tiles are given up. */
  full(): void;
  /** Whether a frame drawn now would show no more than a few tiles of many that are coming. */
  canWait(): boolean;
  /** Call after each drawn frame. */
  report(): void;
  /** Sequence number of the latest complete view; −1 before the first. */
  readonly completeSeq: number;
  /** Since navigation; 0 before the first view. */
  readonly firstViewMs: number;
  /** Whether the first picture isn't whole yet. */
  readonly isComing: boolean;
  /** How long a frame may put tiles on the graphics card. */
  readonly uploadBudgetMs: number;
  /** Whether every layer covers the view now. */
  readonly covered: boolean;
}

export function createArrival({ city, queue, hud, canvas, surroundings, whole, shown, ready }: ArrivalOptions): Arrival {
  let manifest: Manifest | undefined;
  let revision = 0;
  let completeSeq = -1;
  let placed = 0;
  let firstViewMs = 0;
  let isReady = false;
  let isWhole = false;
  let drawnMs = 0;
  /** Tiles of the picture that aren't drawn yet; undefined while it is unknown which they will be. */
  let awaited: readonly number[] | undefined;
  let degraded = false;
  let isFull = false;

  /** By the server's word or for want of memory: said once, not with every view. */
  function sayDegraded(byServer: boolean, forMemory: boolean): void {
    if ((byServer && !degraded) || (forMemory && !isFull)) hud.notice(strings.degraded);
    degraded = byServer;
    isFull = forMemory;
  }

  function covered(): boolean {
    return manifest !== undefined && city.covers(manifest.layers.length);
  }

  function pictureSent(): void {
    if (!isWhole) awaited ??= city.coming();
  }

  return {
    get manifest() {
      return manifest;
    },
    get revision() {
      return revision;
    },
    show(next, number) {
      manifest = next;
      revision = number;
      hud.manifest(next);
      shown(next);
      canvas.setAttribute('aria-label', strings.sceneLabel(next.title));
      const { min, max } = next.extent;
      surroundings.edge.value.set(min[0], -max[1], max[0], -min[1]);
      surroundings.plainHeight.value = spawn(next).feet[1];
    },
    placed() {
      placed += 1;
    },
    pictureSent,
    complete(message) {
      pictureSent();
      completeSeq = message.seq;
      sayDegraded(message.degraded, isFull);
    },
    full: () => sayDegraded(degraded, true),
    canWait() {
      if (isWhole || (firstViewMs === 0 && covered())) return false;
      return (awaited?.some(city.isComing) ?? true) && performance.now() - drawnMs < FRAME_MS;
    },
    report() {
      drawnMs = performance.now();
      const done = completeSeq >= 0 && city.decoding === 0 && queue.size === 0;
      hud.progress(done || isWhole ? 1 : 0.1 + (0.8 * city.ready) / Math.max(1, placed));
      if (firstViewMs === 0 && manifest && covered()) {
        firstViewMs = performance.mark(MARKS.firstView).startTime;
      }
      awaited = awaited?.filter(city.isComing);
      if (awaited?.length === 0 && manifest && !isWhole) {
        isWhole = true;
        performance.mark(MARKS.complete);
        whole(manifest);
      }
      if (done && manifest && !isReady) {
        isReady = true;
        hud.announce(strings.loaded);
        ready();
      }
    },
    get completeSeq() {
      return completeSeq;
    },
    get firstViewMs() {
      return firstViewMs;
    },
    get isComing() {
      return !isWhole;
    },
    get uploadBudgetMs() {
      return isWhole ? UPLOAD_BUDGET_MS : ARRIVAL_BUDGET_MS;
    },
    get covered() {
      return covered();
    },
  };
}
