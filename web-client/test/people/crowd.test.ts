import { beforeEach, expect, it } from 'vitest';

import { createManualClock, type ManualClock } from '../../src/core/clock';
import { createCrowd, type Crowd } from '../../src/people/crowd';
import { HANDS, PITCH, X, Y, YAW, Z } from '../../src/people/motion';
import type { PresenceFrame } from '../../src/protocol/messages';

const START_US = 1_795_231_800_000_000;
let clock: ManualClock;
let crowd: Crowd;

beforeEach(() => {
  clock = createManualClock();
  crowd = createCrowd(clock);
});

function frame(part: Partial<PresenceFrame>): PresenceFrame {
  const none = new Uint16Array(0);
  const nowhere = new Int16Array(0);
  return {
    t: 'presence',
    time: START_US + clock.now() * 1000,
    origin: [100, 200, 30],
    near: none,
    near_offsets: nowhere,
    near_turns: nowhere,
    far: none,
    far_offsets: nowhere,
    far_turns: new Uint8Array(0),
    hands: none,
    hand_offsets: nowhere,
    gone: none,
    ...part,
  };
}

const near = (centimetresEast: number): Partial<PresenceFrame> => ({
  near: Uint16Array.of(7),
  near_offsets: Int16Array.of(centimetresEast, -200, 50),
  near_turns: Int16Array.of(900, -100),
});

it('puts those near where they are, in the world frame', () => {
  crowd.presence(frame(near(150)));
  const { shown } = crowd.members.get(7)!.motion;
  expect([shown[X], shown[Y], shown[Z]]).toEqual([101.5, 30.5, -198]);
  expect(shown[YAW]).toBeCloseTo(-Math.PI / 2);
  expect(shown[PITCH]).toBeCloseTo(-Math.PI / 18);
});

it('puts those farther off where they are', () => {
  crowd.presence(frame({ far: Uint16Array.of(9), far_offsets: Int16Array.of(10, 20, -30), far_turns: Uint8Array.of(64) }));
  const { shown } = crowd.members.get(9)!.motion;
  expect([shown[X], shown[Y], shown[Z]]).toEqual([101, 27, -202]);
  expect(shown[YAW]).toBeCloseTo(-Math.PI / 2);
});

it('hands are told from the eye', () => {
  crowd.presence(frame({ ...near(0), hands: Uint16Array.of(7, 7), hand_offsets: Int16Array.of(-20, -200, 10, 20, -200, 10) }));
  const member = crowd.members.get(7)!;
  expect(member.hands).toBe(true);
  const hands = [...member.motion.shown.subarray(HANDS)];
  [-0.2, -0.4, 0, 0.2, -0.4, 0].forEach((value, i) => expect(hands[i]).toBeCloseTo(value));
});

it('a pair of hands that is no pair is nobody\'s', () => {
  crowd.presence(frame({ ...near(0), hands: Uint16Array.of(7, 8, 7), hand_offsets: new Int16Array(9) }));
  expect(crowd.members.get(7)!.hands).toBe(false);
});

it('moves people between frames, then rests', () => {
  crowd.presence(frame(near(0)));
  clock.advance(100);
  crowd.presence(frame(near(14)));
  clock.advance(60);
  expect(crowd.advance()).toBe(true);
  const { shown } = crowd.members.get(7)!.motion;
  expect(shown[X]).toBeGreaterThan(100);
  expect(shown[X]).toBeLessThan(100.14);
  clock.advance(3000);
  expect(crowd.advance()).toBe(false);
  expect(shown[X]).toBeCloseTo(100.14);
});

it('takes away who is gone', () => {
  crowd.presence(frame(near(0)));
  crowd.presence(frame({ gone: Uint16Array.of(7) }));
  expect(crowd.members.size).toBe(0);
});
