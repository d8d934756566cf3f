/**
 * Feels whether the line is alive: asks after a little silence, and gives it up after some more.
 *
 * It counts its own beats and not the time. A page that slept, or a thread that was busy, has heard
 * nothing meanwhile, and mustn't take that for a dead line.
 */
const BEAT_MS = 1000;
/** Beats of silence after which it asks. */
const QUIET = 3;
/** … and after which the line is dead. */
const DEAD = 7;
/** The same before the server has answered at all: it may be far away, or the city still be read. */
const DEAD_BEFORE_WELCOME = 25;
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
  /** The server has answered hello. */
  welcomed(): void;
  /** Something has come. */
  heard(): void;
  /** There is reason to doubt: the page shows again, or the network has changed. */
  doubt(): void;
}

export function createPulse({ after, ask, dead }: PulseOptions): Pulse {
  let silence = 0;
  let isWelcome = false;
  let cancel = (): void => undefined;

  function beat(): void {
    silence += 1;
    if (silence >= (isWelcome ? DEAD : DEAD_BEFORE_WELCOME)) return dead();
    if (isWelcome && silence === QUIET) ask();
    next();
  }

  function next(): void {
    cancel();
    cancel = after(BEAT_MS, beat);
  }

  return {
    start() {
      silence = 0;
      isWelcome = false;
      next();
    },
    stop: () => cancel(),
    welcomed() {
      isWelcome = true;
    },
    heard() {
      silence = 0;
    },
    doubt() {
      if (!isWelcome) return;
      silence = Math.max(silence, DEAD - DOUBT);
      ask();
    },
  };
}
