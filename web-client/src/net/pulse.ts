/**
 * Feels whether the line is alive: asks after a little silence, and gives it up after some more.
 *
 * It counts its own beats and not the time. A page that slept, or a thread that was busy, has heard
 * nothing meanwhile, and mustn't take that for a dead line.
 */
const BEAT_MS = 1000;
/** Beats of silence after which it asks. */
const QUIET = 3;
/**
 * … and after which the line is dead: while it opens (in a tunnel that may never end by itself), while
 * hello waits for its answer (the city may still be read), and from then on.
 */
const DEAD = { opening: 12, asking: 25, welcome: 7 } as const;
/** Beats that are left where there is reason to doubt. */
const DOUBT = 3;

export interface PulseOptions {
  /** Runs a function later; returns what cancels it. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** Asks the server for an answer. */
  readonly ask: () => void;
  readonly dead: () => void;
}

export interface Pulse {
  /** A new line. */
  start(): void;
  stop(): void;
  opened(): void;
  /** The server has answered hello. */
  welcomed(): void;
  /** Something has come. */
  heard(): void;
  /** There is reason to doubt: the page shows again, or the network has changed. */
  doubt(): void;
}

export function createPulse({ after, ask, dead }: PulseOptions): Pulse {
  let silence = 0;
  let stage: keyof typeof DEAD = 'opening';
  let cancel = (): void => undefined;

  function beat(): void {
    silence += 1;
    if (silence >= DEAD[stage]) return dead();
    if (stage === 'welcome' && silence === QUIET) ask();
    next();
  }

  function next(): void {
    cancel();
    cancel = after(BEAT_MS, beat);
  }

  return {
    start() {
      silence = 0;
      stage = 'opening';
      next();
    },
    stop: () => cancel(),
    opened() {
      silence = 0;
      stage = 'asking';
    },
    welcomed() {
      stage = 'welcome';
    },
    heard() {
      silence = 0;
    },
    doubt() {
      if (stage !== 'welcome') return;
      silence = Math.max(silence, DEAD.welcome - DOUBT);
      ask();
    },
  };
}
