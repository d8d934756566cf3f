/** The moment that is looked at: now, or one in the past, which may go on by itself. */

export interface Playhead {
  /** Milliseconds since 1970 UTC; undefined: now. */
  readonly moment: number | undefined;
  /** Seconds of the past for each second; 0 while it stands. */
  readonly speed: number;
  /** A moment that hasn't come yet is now. */
  goTo(ms: number): void;
  /** From where it stands, or from now. */
  step(ms: number): void;
  live(): void;
  /** From now nothing goes on: that is now already. */
  play(speed: number): void;
  pause(): void;
  /** @returns whether it is another moment than before. */
  advance(seconds: number): boolean;
}

/** @param nowMs milliseconds since 1970 UTC, by the server's clock. */
export function createPlayhead(nowMs: () => number): Playhead {
  let moment: number | undefined;
  let speed = 0;

  function goTo(ms: number): void {
    if (ms < nowMs()) moment = ms;
    else live();
  }

  function live(): void {
    moment = undefined;
    speed = 0;
  }

  return {
    goTo,
    live,
    step: (ms) => goTo((moment ?? nowMs()) + ms),
    play(wanted) {
      speed = moment === undefined ? 0 : wanted;
    },
    pause() {
      speed = 0;
    },
    advance(seconds) {
      if (moment === undefined || speed === 0) return false;
      goTo(moment + seconds * 1000 * speed);
      return true;
    },
    get moment() {
      return moment;
    },
    get speed() {
      return speed;
    },
  };
}
