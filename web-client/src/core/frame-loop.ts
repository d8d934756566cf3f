/**
 * When to draw: only when something asked for it. One loop serves screen and headset; in an XR
 * session its frames drive everything, as the page's own stop.
 */
import type { Clock } from './clock';

export interface FrameLoopOptions {
  readonly clock: Clock;
  /** Asks the browser for one frame of the page. */
  readonly request: (run: () => void) => void;
  /** Calls back after so many milliseconds. */
  readonly after: (ms: number, run: () => void) => void;
  /** Advances what moves; returns whether it will go on moving by itself. */
  readonly simulate: (seconds: number) => boolean;
  readonly render: () => void;
}

export interface FrameLoop {
  /** Draw in the next frame. */
  invalidate(): void;
  /** Draw in so many milliseconds, or before: whoever asked asks again with each frame until then. */
  later(ms: number): void;
  /** One frame of a headset; draws always. */
  sessionFrame(): void;
  /** A hidden page asks for no frames. */
  hidden(hidden: boolean): void;
  /** While a headset drives, the page's frames are not asked for. */
  session(active: boolean): void;
  readonly frames: number;
  /** How long the script of the last frame took, without what the graphics card did. */
  readonly scriptMs: number;
}

/** After a rest, time starts again gently instead of jumping. */
const LONGEST_STEP_S = 0.1;

export function createFrameLoop({ clock, request, after, simulate, render }: FrameLoopOptions): FrameLoop {
  let requested = false;
  let isHidden = false;
  let inSession = false;
  let moving = false;
  let lastMs = clock.now();
  /** When the next frame comes that was asked for later. */
  let dueMs = Infinity;
  let frames = 0;
  let scriptMs = 0;

  function frame(): void {
    const startMs = performance.now();
    const nowMs = clock.now();
    const seconds = Math.min(LONGEST_STEP_S, (nowMs - lastMs) / 1000);
    lastMs = nowMs;
    frames += 1;
    moving = simulate(seconds);
    render();
    scriptMs = performance.now() - startMs;
  }

  function pageFrame(): void {
    requested = false;
    if (isHidden || inSession) return;
    if (!moving) lastMs = Math.max(lastMs, clock.now() - 1000 / 60);
    frame();
    if (moving) invalidate();
  }

  function invalidate(): void {
    if (requested || isHidden || inSession) return;
    requested = true;
    request(pageFrame);
  }

  function later(ms: number): void {
    const atMs = clock.now() + ms;
    if (atMs >= dueMs) return;
    dueMs = atMs;
    after(ms, () => {
      if (dueMs === atMs) dueMs = Infinity;
      invalidate();
    });
  }

  return {
    invalidate,
    later,
    sessionFrame: frame,
    hidden(hidden) {
      isHidden = hidden;
      if (!hidden) invalidate();
    },
    session(active) {
      inSession = active;
      if (!active) invalidate();
    },
    get frames() {
      return frames;
    },
    get scriptMs() {
      return scriptMs;
    },
  };
}
