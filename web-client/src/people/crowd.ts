/** Those who are somewhere in the city: from frames of `presence` to poses in the world frame. */
import type { Clock } from '../core/clock';
import type { PresenceFrame } from '../protocol/messages';
import { CHANNELS, createMotion, HANDS, PITCH, X, Y, YAW, Z, type Motion } from './motion';
import { createPlayout } from './playout';

export interface Member {
  readonly person: number;
  readonly motion: Motion;
  /** Whether hands were told of with the latest pose. */
  hands: boolean;
}

export interface Crowd {
  presence(frame: PresenceFrame): void;
  remove(person: number): void;
  /** A new session: everyone is told of again. */
  reset(): void;
  /** Moves everyone; returns whether somebody goes on moving. */
  advance(): boolean;
  readonly members: ReadonlyMap<number, Member>;
}

const CENTIMETRE = 0.01;
const DECIMETRE = 0.1;
const TENTH_OF_DEGREE = Math.PI / 1800;
const OF_256 = (2 * Math.PI) / 256;

export function createCrowd(clock: Clock): Crowd {
  const members = new Map<number, Member>();
  const playout = createPlayout(clock);

  function tell(person: number, timeMs: number, pose: Float64Array, hands: boolean): void {
    let member = members.get(person);
    if (!member) {
      member = { person, motion: createMotion(), hands };
      members.set(person, member);
    }
    member.hands = hands;
    member.motion.tell(timeMs, pose, playout.now());
  }

  return {
    members,
    presence(frame) {
      playout.heard(frame.time);
      const timeMs = frame.time / 1000;
      const { near, near_offsets, near_turns, far, far_offsets, far_turns, hands, hand_offsets, origin } = frame;
      const handsOf = new Map<number, number>();
      for (let k = 0; k + 1 < hands.length; k += 2) if (hands[k] === hands[k + 1]) handsOf.set(hands[k], 3 * k);
      for (let i = 0; i < near.length; i += 1) {
        const pose = new Float64Array(CHANNELS);
        place(pose, X, origin, near_offsets, 3 * i, CENTIMETRE);
        pose[YAW] = -near_turns[2 * i] * TENTH_OF_DEGREE;
        pose[PITCH] = near_turns[2 * i + 1] * TENTH_OF_DEGREE;
        const hand = handsOf.get(near[i]);
        if (hand !== undefined) {
          for (let side = 0; side < 6; side += 3) {
            place(pose, HANDS + side, origin, hand_offsets, hand + side, CENTIMETRE);
            for (const axis of [X, Y, Z]) pose[HANDS + side + axis] -= pose[axis];
          }
        }
        tell(near[i], timeMs, pose, hand !== undefined);
      }
      for (let i = 0; i < far.length; i += 1) {
        const pose = new Float64Array(CHANNELS);
        place(pose, X, origin, far_offsets, 3 * i, DECIMETRE);
        pose[YAW] = -far_turns[i] * OF_256;
        tell(far[i], timeMs, pose, false);
      }
      for (const person of frame.gone) members.delete(person);
    },
    remove(person) {
      members.delete(person);
    },
    reset() {
      members.clear();
      playout.reset();
    },
    advance() {
      const nowMs = playout.now();
      let moving = false;
      for (const { motion } of members.values()) moving = motion.advance(nowMs) || moving;
      return moving;
    },
  };
}

/** One place of a column, scene frame, into three channels of a pose, world frame. */
function place(
  pose: Float64Array,
  channel: number,
  origin: readonly [number, number, number],
  column: Int16Array,
  start: number,
  unit: number,
): void {
  pose[channel] = origin[0] + column[start] * unit;
  pose[channel + 1] = origin[2] + column[start + 2] * unit;
  pose[channel + 2] = -(origin[1] + column[start + 1] * unit);
}
