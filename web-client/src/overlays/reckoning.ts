/**
 * Where a vehicle is between the places that the server tells of: it goes on as it went (dead
 * reckoning), and what turns out otherwise is made up for on the way. It never jumps, but for what
 * can't be driven.
 */
import { shortestTurn } from '../people/motion';

/** World frame, metres; yaw in radians, 0 looks north, left is positive; speed in m/s; NaN where nobody says. */
export interface Fix {
  readonly timeMs: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly yaw: number;
  readonly speed: number;
}

export interface Reckoning {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly yaw: number;
  /** How fast it goes by what was told, m/s. */
  readonly speed: number;
  /** Of the latest fix. */
  readonly toldMs: number;
  /** Takes what was told; both times by the server's clock. */
  tell(fix: Fix, nowMs: number): void;
  /** Moves it to where it is now; returns whether it goes on moving by itself. */
  advance(nowMs: number): boolean;
}

/** So long it is believed to go on as it went, then it comes to rest over as long as `REST_S` says. */
const AHEAD_S = 8;
const REST_S = 3;
/** A surprise is made up for over about this long … */
const EASE_S = 1.5;
/** … but no faster than this beside its own speed, so that it neither shoots ahead nor backs up. */
const EASE_SHARE = 0.7;
const EASE_LEAST_M_S = 1.2;
const TURN_S = 0.45;
/** Farther than anything drives unseen: it is put there. */
const JUMP_M = 120;
const FASTEST_M_S = 60;
/** Nearer than this, which way it went can't be told from two places. */
const TELLING_WAY_M = 1;
const STILL_M = 0.01;
const STILL_RAD = 0.002;

export function createReckoning(): Reckoning {
  let fix: Fix | undefined;
  let lastMs = 0;
  /** What `shown` still lacks to be where it should. */
  const error = { x: 0, y: 0, z: 0 };
  const shown = { x: 0, y: 0, z: 0, yaw: 0, speed: 0 };

  function gone(nowMs: number): number {
    const seconds = Math.max(0, (nowMs - fix!.timeMs) / 1000);
    if (seconds <= AHEAD_S) return shown.speed * seconds;
    return shown.speed * (AHEAD_S + REST_S * (1 - Math.exp((AHEAD_S - seconds) / REST_S)));
  }

  function aheadX(nowMs: number): number {
    return fix!.x - Math.sin(fix!.yaw) * gone(nowMs);
  }

  function aheadZ(nowMs: number): number {
    return fix!.z - Math.cos(fix!.yaw) * gone(nowMs);
  }

  function put(nowMs: number): void {
    shown.x = aheadX(nowMs) + error.x;
    shown.y = fix!.y + error.y;
    shown.z = aheadZ(nowMs) + error.z;
  }

  /** What nobody says follows from where it was before. */
  function whole(next: Fix): Fix {
    const way = fix ? Math.hypot(next.x - fix.x, next.z - fix.z) : 0;
    const seconds = fix ? (next.timeMs - fix.timeMs) / 1000 : 0;
    const yaw = way > TELLING_WAY_M ? Math.atan2(fix!.x - next.x, fix!.z - next.z) : shown.yaw;
    const speed = seconds > 0 ? way / seconds : 0;
    return {
      ...next,
      y: Number.isFinite(next.y) ? next.y : (fix?.y ?? 0),
      yaw: Number.isFinite(next.yaw) ? next.yaw : yaw,
      speed: Math.min(FASTEST_M_S, Number.isFinite(next.speed) ? Math.max(0, next.speed) : speed),
    };
  }

  return {
    tell(next, nowMs) {
      if (fix && next.timeMs <= fix.timeMs) return;
      const isFirst = !fix;
      fix = whole(next);
      shown.speed = fix.speed;
      error.x = shown.x - aheadX(nowMs);
      error.y = shown.y - fix.y;
      error.z = shown.z - aheadZ(nowMs);
      if (isFirst || Math.hypot(error.x, error.z) > JUMP_M) {
        error.x = error.y = error.z = 0;
        shown.yaw = fix.yaw;
        lastMs = nowMs;
        put(nowMs);
      }
    },
    advance(nowMs) {
      if (!fix) return false;
      const seconds = Math.max(0, (nowMs - lastMs) / 1000);
      lastMs = nowMs;
      const left = Math.hypot(error.x, error.y, error.z);
      const most = Math.max(EASE_LEAST_M_S, EASE_SHARE * shown.speed) * seconds;
      const eased = Math.min(left * (1 - Math.exp(-seconds / EASE_S)), most);
      const share = left > STILL_M ? 1 - eased / left : 0;
      error.x *= share;
      error.y *= share;
      error.z *= share;
      const turn = shortestTurn(fix.yaw - shown.yaw);
      shown.yaw += Math.abs(turn) > STILL_RAD ? turn * (1 - Math.exp(-seconds / TURN_S)) : turn;
      put(nowMs);
      const rolls = shown.speed > STILL_M && nowMs - fix.timeMs < (AHEAD_S + 4 * REST_S) * 1000;
      return rolls || left > STILL_M || Math.abs(turn) > STILL_RAD;
    },
    get x() {
      return shown.x;
    },
    get y() {
      return shown.y;
    },
    get z() {
      return shown.z;
    },
    get yaw() {
      return shown.yaw;
    },
    get speed() {
      return shown.speed;
    },
    get toldMs() {
      return fix?.timeMs ?? -Infinity;
    },
  };
}
