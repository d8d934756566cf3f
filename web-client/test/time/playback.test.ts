import { expect, it } from 'vitest';

import { readPiece } from '../../src/time/playback';

const BEGIN_MS = 1_795_231_800_000;

function bytesOf(numbers: Float32Array | Float64Array | Uint32Array): Uint8Array {
  return new Uint8Array(numbers.buffer);
}

const NONE = new Uint8Array(0);

/** A tram with two fixes, and a bus without any. */
const MOVERS = {
  movers: ['bus', 'tram'],
  fix_counts: bytesOf(new Uint32Array([0, 2])),
  fix_times: bytesOf(new Float64Array([BEGIN_MS + 10_000, BEGIN_MS + 20_000])),
  positions: bytesOf(new Float32Array([0, 0, 5, 100, 0, 5])),
  headings: bytesOf(new Float32Array([NaN, NaN])),
};

/** Three steps of a minute, of two datastreams. */
function answer(values: readonly number[], quality: readonly number[] = values.map(() => 0)) {
  const column = new Uint8Array(1 + values.length * 4);
  values.forEach((value, i) => new DataView(column.buffer).setFloat32(1 + i * 4, value, true));
  // As MessagePack has it: bytes that begin anywhere.
  return { begin: BEGIN_MS, step_s: 60, steps: 3, datastreams: ['air', 'noise'], values: column.subarray(1), quality: new Uint8Array(quality), ...MOVERS };
}

it('tells what each datastream said last at a moment, and what speaks against it', () => {
  const piece = readPiece(answer([1, 2, NaN, NaN, NaN, 6], [0, 2, 0, 0, 0, 0]));
  expect(piece.isEmpty).toBe(false);
  expect(piece.reading('air', BEGIN_MS + 30_000)).toEqual({ value: 1, timeUs: (BEGIN_MS + 30_000) * 1000, quality: 0, isPast: true });
  expect(piece.reading('air', BEGIN_MS + 170_000)).toEqual({ value: 2, timeUs: (BEGIN_MS + 120_000) * 1000, quality: 2, isPast: true });
  expect(piece.reading('noise', BEGIN_MS + 90_000)).toBeUndefined();
  expect(piece.reading('noise', BEGIN_MS + 900_000)?.timeUs).toBe((BEGIN_MS + 180_000) * 1000);
  expect(piece.reading('water', BEGIN_MS)).toBeUndefined();
});

it('lets a value hold as long as there usually is until the next', () => {
  const values = [1, NaN, NaN, 2, NaN, NaN, 3, NaN, NaN, NaN];
  const minutes = (count: number): number => BEGIN_MS + count * 60_000;
  const piece = readPiece({ ...answer(values), steps: 10, datastreams: ['air'] });
  expect(piece.reading('air', minutes(5))).toMatchObject({ value: 2, timeUs: minutes(5) * 1000 });
  expect(piece.reading('air', minutes(9.9))).toMatchObject({ value: 3, timeUs: minutes(9) * 1000 });
});

it('says where nothing was recorded', () => {
  const nothing = { ...answer([NaN, NaN, NaN, NaN, NaN, NaN]), movers: [], fix_counts: NONE, fix_times: NONE, positions: NONE, headings: NONE };
  expect(readPiece(nothing).isEmpty).toBe(true);
});

it('takes no columns of another length', () => {
  expect(() => readPiece(answer([1, 2, 3]))).toThrow('values');
  expect(() => readPiece({ ...answer([1, 2, 3, 4, 5, 6]), quality: new Uint8Array(5) })).toThrow('quality');
  expect(() => readPiece({ ...answer([1, 2, 3, 4, 5, 6]), step_s: 0 })).toThrow('step_s');
});

it('tells where things were, and which way and how fast they went', () => {
  const piece = readPiece(answer([1, 2, 3, 4, 5, 6]));
  expect(piece.fix('tram', BEGIN_MS)).toBeUndefined();
  expect(piece.fix('bus', BEGIN_MS + 15_000)).toBeUndefined();
  const halfway = piece.fix('tram', BEGIN_MS + 15_000)!;
  expect(halfway).toEqual({ x: 50, y: 0, z: 5, heading: Math.PI / 2, speed: 10, timeUs: (BEGIN_MS + 15_000) * 1000 });
  expect(piece.fix('tram', BEGIN_MS + 60_000)).toMatchObject({ x: 100, speed: 0, timeUs: (BEGIN_MS + 20_000) * 1000 });
});

it('takes no tracks that are not as long as they say', () => {
  expect(() => readPiece({ ...answer([1, 2, 3, 4, 5, 6]), fix_counts: bytesOf(new Uint32Array([1, 2])) })).toThrow('fix_times');
});
