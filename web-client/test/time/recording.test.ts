import { beforeEach, expect, it } from 'vitest';

import { createRecording, type Piece, type Recording } from '../../src/time/recording';

const HOUR_MS = 3_600_000;
const NOW_MS = 100 * HOUR_MS + 60_000;
let nowMs: number;
let asked: [number, number][];
let answer: (fromMs: number) => Piece;
let recording: Recording;

function piece(fromMs: number): Piece {
  return { isEmpty: false, reading: (key, ms) => (key === 'air' ? { value: fromMs / HOUR_MS, timeUs: ms * 1000, quality: 0 } : undefined), fix: () => undefined };
}

beforeEach(() => {
  nowMs = NOW_MS;
  asked = [];
  answer = piece;
  recording = createRecording({
    async fetchPiece({ fromMs }, stepS) {
      asked.push([fromMs / HOUR_MS, stepS]);
      return answer(fromMs);
    },
    nowMs: () => nowMs,
    changed: () => undefined,
  });
});

async function settled(): Promise<void> {
  for (let turn = 0; turn < 60; turn += 1) await Promise.resolve();
}

it('fetches the three hours that are looked at, and those before', async () => {
  recording.want(50.5 * HOUR_MS, 0);
  expect(recording.state(50.5 * HOUR_MS)).toBe('coming');
  await settled();
  expect(asked).toEqual([[48, 60], [45, 60]]);
  expect(recording.reading('air', 50.5 * HOUR_MS)?.value).toBe(48);
  expect(recording.reading('noise', 50.5 * HOUR_MS)).toBeUndefined();
  expect(recording.state(50.5 * HOUR_MS)).toBe('here');
});

it('fetches longer steps, ahead first, where time runs', async () => {
  recording.want(50 * HOUR_MS, 600);
  await settled();
  expect(asked).toEqual([[48, 300], [54, 300], [42, 300]]);
});

it('asks for one piece at a time, and for what is wanted by then', async () => {
  recording.want(50 * HOUR_MS, 0);
  recording.want(60 * HOUR_MS, 0);
  recording.want(70 * HOUR_MS, 0);
  await settled();
  expect(asked).toEqual([[48, 60], [69, 60], [66, 60]]);
});

it('shows what was said last, from the piece before', async () => {
  answer = (fromMs) => (fromMs === 48 * HOUR_MS ? { isEmpty: true, reading: () => undefined, fix: () => undefined } : piece(fromMs));
  recording.want(50.5 * HOUR_MS, 0);
  await settled();
  expect(recording.reading('air', 50.5 * HOUR_MS)?.value).toBe(45);
  expect(recording.state(50.5 * HOUR_MS)).toBe('empty');
});

it('asks again for what was not over yet when it was fetched', async () => {
  recording.want(NOW_MS - 1, 0);
  await settled();
  nowMs += 120_000;
  expect(recording.state(NOW_MS + 1)).toBe('coming');
  recording.want(NOW_MS + 1, 0);
  await settled();
  expect(asked.map(([hour]) => hour)).toEqual([99, 96, 99]);
});

it('says that it could not be fetched, and tries again after a while', async () => {
  answer = () => {
    throw new Error('503');
  };
  recording.want(50 * HOUR_MS, 0);
  await settled();
  expect(recording.state(50 * HOUR_MS)).toBe('failed');
  recording.want(50 * HOUR_MS, 0);
  await settled();
  expect(asked).toHaveLength(2);
  answer = piece;
  nowMs += 6000;
  recording.want(50 * HOUR_MS, 0);
  await settled();
  expect(recording.state(50 * HOUR_MS)).toBe('here');
});

it('keeps a bounded number of pieces', async () => {
  for (let hour = 10; hour < 90; hour += 4) {
    recording.want(hour * HOUR_MS, 0);
    await settled();
  }
  expect(recording.state(10 * HOUR_MS)).toBe('coming');
  expect(recording.state(86 * HOUR_MS)).toBe('here');
});
