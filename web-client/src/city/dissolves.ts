/**
 * Levels of detail dissolve into each other: which tiles go, which come, and how far along they are.
 * The schedule alone, without any drawing.
 *
 * While they dissolve both are drawn, so how much goes at once is bounded: the oldest ends early.
 */
import type { Clock } from '../core/clock';

export interface Dissolve<T> {
  /** No two at a time have the same; 0 to `slots` − 1. */
  readonly slot: number;
  readonly coming: readonly T[];
  readonly going: readonly T[];
}

export interface DissolvesOptions<T> {
  readonly clock: Clock;
  /** How many can be under way at a time. */
  readonly slots: number;
  readonly triangles: (tile: T) => number;
  readonly began: (dissolve: Dissolve<T>) => void;
  /** `share` of the new is seen, 0 to 1; of the old the rest. */
  readonly show: (slot: number, share: number) => void;
  readonly ended: (dissolve: Dissolve<T>) => void;
}

export interface Dissolves<T> {
  /** @returns false where that is too much to draw twice: then it has to change in one step. */
  begin(coming: readonly T[], going: readonly T[]): boolean;
  /** Moves all on. */
  frame(): void;
  endOldest(): void;
  endAll(): void;
  /** Ends what this tile takes part in. */
  endWith(tile: T): void;
  isGoing(tile: T): boolean;
  /** Whether another can begin without ending one early. */
  readonly free: boolean;
  readonly size: number;
  /** How many tiles are drawn until others have taken their place. */
  readonly going: number;
}

export const DISSOLVE_MS = 250;
/** What may be drawn beside the city itself. */
export const MOST_GOING = 12;
export const MOST_GOING_TRIANGLES = 60_000;

interface Running<T> extends Dissolve<T> {
  readonly startMs: number;
  readonly triangles: number;
}

export function createDissolves<T>({ clock, slots, triangles, began, show, ended }: DissolvesOptions<T>): Dissolves<T> {
  /** Oldest first. */
  let running: Running<T>[] = [];

  function end(dissolve: Running<T>): void {
    running = running.filter((other) => other !== dissolve);
    ended(dissolve);
  }

  function isRoomFor(tiles: number, more: number): boolean {
    let total = tiles;
    let sum = more;
    for (const dissolve of running) {
      total += dissolve.going.length;
      sum += dissolve.triangles;
    }
    return running.length < slots && total <= MOST_GOING && sum <= MOST_GOING_TRIANGLES;
  }

  return {
    begin(coming, going) {
      const sum = going.reduce((total, tile) => total + triangles(tile), 0);
      if (going.length > MOST_GOING || sum > MOST_GOING_TRIANGLES) return false;
      while (!isRoomFor(going.length, sum)) end(running[0]);
      const taken = new Set(running.map(({ slot }) => slot));
      let slot = 0;
      while (taken.has(slot)) slot += 1;
      const dissolve = { slot, coming, going, startMs: clock.now(), triangles: sum };
      running.push(dissolve);
      show(slot, 0);
      began(dissolve);
      return true;
    },
    frame() {
      const now = clock.now();
      for (const dissolve of running) {
        const share = (now - dissolve.startMs) / DISSOLVE_MS;
        if (share >= 1) end(dissolve);
        else show(dissolve.slot, share);
      }
    },
    endOldest() {
      if (running.length > 0) end(running[0]);
    },
    endAll() {
      for (const dissolve of running) end(dissolve);
    },
    endWith(tile) {
      for (const dissolve of running) {
        if (dissolve.going.includes(tile) || dissolve.coming.includes(tile)) end(dissolve);
      }
    },
    isGoing: (tile) => running.some(({ going }) => going.includes(tile)),
    get free() {
      return running.length < slots;
    },
    get size() {
      return running.length;
    },
    get going() {
      return running.reduce((sum, { going }) => sum + going.length, 0);
    },
  };
}
