/** Fetches a stretch of the past, of all datastreams at once (docs/contract/http.md, "Playback"). */
import { decode } from '@msgpack/msgpack';

import type { Reading } from '../overlays/sensors';
import { asFields, bytes, integer, list, number, ProtocolError, type Fields } from '../protocol/fields';
import type { Span } from './observations';
import type { Piece } from './recording';
import { fixAt, type Track } from './tracks';

/** Longer answers are refused unread. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * By steps of `stepS` seconds.
 *
 * @throws where the server can't be reached, refuses, or answers something else.
 */
export async function fetchPiece(scene: string, { fromMs, toMs }: Span, stepS: number): Promise<Piece> {
  const query = new URLSearchParams({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), step: String(stepS) });
  const response = await fetch(`/scenes/${encodeURIComponent(scene)}/playback?${query}`);
  if (!response.ok) throw new ProtocolError(`the server answered ${response.status}`);
  const body = await response.arrayBuffer();
  if (body.byteLength > MOST_BYTES) throw new ProtocolError(`an answer of ${body.byteLength} bytes is too long`);
  return readPiece(asFields(decode(new Uint8Array(body)), 'playback'));
}

/** @throws ProtocolError where columns are missing, or not of the length that they should have. */
export function readPiece(fields: Fields): Piece {
  const fromMs = number(fields, 'begin');
  const stepMs = number(fields, 'step_s') * 1000;
  const steps = integer(fields, 'steps');
  const keys = list(fields, 'datastreams').map(String);
  const values = floats(fields, 'values', keys.length * steps);
  const quality = bytes(fields, 'quality');
  if (quality.length !== values.length) throw new ProtocolError('"quality" should be as long as "values"');
  if (!(stepMs > 0)) throw new ProtocolError('"step_s" should be more than 0');
  const tracks = readTracks(fields);
  const rows = new Map(keys.map((key, row) => [key, row * steps]));
  const usual = new Map<number, number>();

  /** For how many steps a value holds: as many as there usually are from one to the next. */
  function heldFor(row: number): number {
    let held = usual.get(row);
    if (held === undefined) usual.set(row, (held = usualPause(values.subarray(row, row + steps))));
    return held;
  }

  return {
    isEmpty: values.every(Number.isNaN) && tracks.size === 0,
    reading(key, ms): Reading | undefined {
      const row = rows.get(key);
      if (row === undefined) return undefined;
      for (let step = Math.min(steps - 1, Math.floor((ms - fromMs) / stepMs)); step >= 0; step -= 1) {
        const value = values[row + step];
        if (Number.isNaN(value)) continue;
        const untilMs = fromMs + (step + heldFor(row)) * stepMs;
        return { value, timeUs: Math.min(ms, untilMs) * 1000, quality: quality[row + step], isPast: true };
      }
      return undefined;
    },
    fix(key, ms) {
      const track = tracks.get(key);
      return track && fixAt(track, ms);
    },
  };
}

/** In steps, from one value to the next; 1 where there is one at most. */
function usualPause(values: Float32Array): number {
  const there: number[] = [];
  values.forEach((value, step) => !Number.isNaN(value) && there.push(step));
  const pauses = there.slice(1).map((step, i) => step - there[i]).sort((a, b) => a - b);
  return pauses[(pauses.length - 1) >> 1] ?? 1;
}

/** Of the things that moved in this time, by their keys. */
function readTracks(fields: Fields): Map<string, Track> {
  const keys = list(fields, 'movers').map(String);
  const counts = new Uint32Array(column(fields, 'fix_counts', keys.length * 4));
  const all = counts.reduce((sum, count) => sum + count, 0);
  const times = new Float64Array(column(fields, 'fix_times', all * 8));
  const positions = floats(fields, 'positions', all * 3);
  const headings = floats(fields, 'headings', all);
  const tracks = new Map<string, Track>();
  let begin = 0;
  for (const [i, key] of keys.entries()) {
    const end = begin + counts[i];
    if (end > begin) tracks.set(key, { times: times.subarray(begin, end), positions: positions.subarray(3 * begin, 3 * end), headings: headings.subarray(begin, end) });
    begin = end;
  }
  return tracks;
}

function floats(fields: Fields, key: string, length: number): Float32Array {
  return new Float32Array(column(fields, key, length * 4));
}

/** Little-endian numbers, which may lie anywhere in the answer. */
function column(fields: Fields, key: string, byteLength: number): ArrayBuffer {
  const content = bytes(fields, key);
  if (content.byteLength !== byteLength) throw new ProtocolError(`"${key}" should have ${byteLength} bytes`);
  return content.slice().buffer as ArrayBuffer;
}
