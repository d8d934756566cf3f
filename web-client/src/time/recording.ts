/**
 * What was recorded, in pieces that are fetched around the moment that is looked at: those of short steps
 * where time stands or goes slowly, those of long ones where it runs. A few are kept.
 */
import type { Fix, Reading } from '../overlays/sensors';
import type { Span } from './observations';

/** A stretch of the past as the server tells it. */
export interface Piece {
  /** The last that a datastream said at or before a moment, within this piece. */
  reading(key: string, ms: number): Reading | undefined;
  /** The same of a thing that moves. */
  fix(key: string, ms: number): Fix | undefined;
  readonly isEmpty: boolean;
}

interface Grain {
  readonly stepS: number;
  readonly pieceMs: number;
}

export type RecordingState = 'here' | 'coming' | 'empty' | 'failed';

export interface Recording {
  /**
   * Fetches, one after the other, what is needed to look at a moment and a while ahead.
   *
   * @param speed seconds of the past for each second.
   */
  want(ms: number, speed: number): void;
  reading(key: string, ms: number): Reading | undefined;
  fix(key: string, ms: number): Fix | undefined;
  state(ms: number): RecordingState;
}

export interface RecordingOptions {
  /** @throws where it can't be had. */
  readonly fetchPiece: (span: Span, stepS: number) => Promise<Piece>;
  /** By the server's clock. */
  readonly nowMs: () => number;
  /** A piece has come, or failed to. */
  readonly changed: () => void;
}

interface Kept {
  readonly piece: Piece | undefined;
  /** What was not over yet when it was fetched is not in it. */
  readonly untilMs: number;
  readonly fetchedMs: number;
}

/** Long enough to tell how often is spoken by who speaks once an hour; short enough for 10 000 to be told of. */
const FINE: Grain = { stepS: 60, pieceMs: 3 * 3_600_000 };
const COARSE: Grain = { stepS: 300, pieceMs: 6 * 3_600_000 };
/** Faster than this no single minute can be seen. */
const FINE_UP_TO = 60;
const MOST_KEPT = 12;
/** What failed isn't asked for again before. */
const REST_MS = 5000;

export function createRecording({ fetchPiece, nowMs, changed }: RecordingOptions): Recording {
  const kept = new Map<string, Kept>();
  let wanted: { readonly ms: number; readonly speed: number } | undefined;
  let busy = false;

  function find(grain: Grain, ms: number): Kept | undefined {
    const found = kept.get(name(grain, ms));
    return found && ms < found.untilMs ? found : undefined;
  }

  function isDue(grain: Grain, ms: number): boolean {
    if (ms >= nowMs()) return false;
    const found = find(grain, ms);
    return !found || (found.piece === undefined && nowMs() - found.fetchedMs > REST_MS);
  }

  /** The most needed of what isn't here: at the moment, ahead, and before it for who speaks rarely. */
  function next(): { readonly grain: Grain; readonly ms: number } | undefined {
    if (!wanted) return undefined;
    const { ms, speed } = wanted;
    const grain = grainOf(speed);
    const places = speed > 0 ? [ms, ms + grain.pieceMs, ms - grain.pieceMs] : [ms, ms - grain.pieceMs];
    const due = places.find((place) => isDue(grain, place));
    return due === undefined ? undefined : { grain, ms: due };
  }

  async function work(): Promise<void> {
    if (busy) return;
    busy = true;
    for (let job = next(); job; job = next()) {
      const { grain, ms } = job;
      const fromMs = Math.floor(ms / grain.pieceMs) * grain.pieceMs;
      const span = { fromMs, toMs: fromMs + grain.pieceMs };
      const fetchedMs = nowMs();
      const piece = await fetchPiece(span, grain.stepS).catch(() => undefined);
      keep(name(grain, ms), { piece, untilMs: Math.min(span.toMs, fetchedMs), fetchedMs });
      changed();
    }
    busy = false;
  }

  function keep(key: string, piece: Kept): void {
    kept.delete(key);
    kept.set(key, piece);
    for (const oldest of kept.keys()) {
      if (kept.size <= MOST_KEPT) break;
      kept.delete(oldest);
    }
  }

  /** In the piece of the moment, or in the one before it. */
  function first<T>(ms: number, of: (piece: Piece) => T | undefined): T | undefined {
    for (const grain of [FINE, COARSE]) {
      for (const place of [ms, ms - grain.pieceMs]) {
        const piece = find(grain, place)?.piece;
        const found = piece && of(piece);
        if (found) return found;
      }
    }
    return undefined;
  }

  return {
    want(ms, speed) {
      wanted = { ms, speed };
      void work();
    },
    reading: (key, ms) => first(ms, (piece) => piece.reading(key, ms)),
    fix: (key, ms) => first(ms, (piece) => piece.fix(key, ms)),
    state(ms) {
      const found = find(FINE, ms) ?? find(COARSE, ms);
      if (!found) return 'coming';
      if (!found.piece) return 'failed';
      return found.piece.isEmpty ? 'empty' : 'here';
    },
  };
}

function grainOf(speed: number): Grain {
  return speed > FINE_UP_TO ? COARSE : FINE;
}

function name({ stepS, pieceMs }: Grain, ms: number): string {
  return `${stepS} ${Math.floor(ms / pieceMs)}`;
}
