/** Decides when a walker's pose is worth telling the others: when it has changed, ten times a second at most. */
export interface TellablePose {
  /** Eye and, in a headset, both hands: scene frame, three numbers each. */
  readonly points: readonly number[];
  /** Radians. */
  readonly heading: number;
  readonly pitch: number;
}

export interface PoseSender {
  /** Whether to send this pose now, later (ask again in a later frame), or not at all. */
  consider(pose: TellablePose, nowMs: number): 'send' | 'wait' | 'same';
  /** Forgets what was sent: the next pose counts as new. */
  reset(): void;
}

const INTERVAL_MS = 100;
const MOVED_M = 0.01;
const TURNED_RAD = (0.5 * Math.PI) / 180;

export function createPoseSender(): PoseSender {
  let last: TellablePose | undefined;
  let lastMs = -Infinity;

  function differs({ points, heading, pitch }: TellablePose): boolean {
    if (last?.points.length !== points.length) return true;
    if (Math.abs(heading - last.heading) > TURNED_RAD || Math.abs(pitch - last.pitch) > TURNED_RAD) return true;
    return points.some((value, i) => Math.abs(value - last!.points[i]) > MOVED_M);
  }

  return {
    consider(pose, nowMs) {
      if (!differs(pose)) return 'same';
      if (nowMs - lastMs < INTERVAL_MS) return 'wait';
      last = pose;
      lastMs = nowMs;
      return 'send';
    },
    reset() {
      last = undefined;
      lastMs = -Infinity;
    },
  };
}
