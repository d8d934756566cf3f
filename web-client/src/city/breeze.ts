/** Wind and waves: time for the shaders, and frames for as long as something on screen stirs and somebody is there. */
import type { IUniform } from 'three';

import type { Clock } from '../core/clock';
import type { Tile } from './city';

export interface BreezeOptions {
  readonly clock: Clock;
  /** What the shaders take for the time. */
  readonly seconds: IUniform<number>;
  /** Nothing moves by itself. */
  readonly still: boolean;
  /** Whether someone wears the headset. */
  readonly immersed: () => boolean;
  /** Has a frame drawn in so many milliseconds. */
  readonly later: (ms: number) => void;
}

export interface Breeze {
  tilesChanged(shown: Iterable<Tile>): void;
  /** Call with each frame. */
  frame(): void;
}

/** Slow things need few frames. */
const PERIOD_MS = 50;
/** So many frames in a row that come so late: this device has better things to do. */
const LATE_MS = 60;
const PATIENCE = 12;
/** Who does nothing for so long looks elsewhere: the battery is worth more than the breeze. */
export const REST_AFTER_MS = 60_000;
const SIGNS_OF_LIFE = ['keydown', 'pointerdown', 'pointermove', 'wheel', 'focus'] as const;
/** The shaders' time starts anew after this, so that it stays exact. */
const WRAP_S = 3600;

export function createBreeze({ clock, seconds, still, immersed, later }: BreezeOptions): Breeze {
  const reduced = matchMedia('(prefers-reduced-motion: reduce)');
  let stirs = false;
  let dueMs = 0;
  let late = 0;
  let aliveMs = clock.now();

  const isAbsent = (): boolean => !immersed() && clock.now() - aliveMs > REST_AFTER_MS;

  function live(): void {
    const wasAbsent = isAbsent();
    aliveMs = clock.now();
    if (wasAbsent) later(0);
  }

  for (const sign of SIGNS_OF_LIFE) addEventListener(sign, live, { passive: true, capture: true });

  return {
    tilesChanged(shown) {
      late = 0;
      stirs = [...shown].some(({ content }) => content.source.stirs);
    },
    frame() {
      if (still || !stirs || reduced.matches || late >= PATIENCE || isAbsent()) return;
      const nowMs = clock.now();
      seconds.value = (nowMs / 1000) % WRAP_S;
      if (nowMs < dueMs) return later(dueMs - nowMs);
      if (dueMs > 0) late = nowMs - dueMs > LATE_MS ? late + 1 : 0;
      dueMs = nowMs + PERIOD_MS;
      later(PERIOD_MS);
    },
  };
}
