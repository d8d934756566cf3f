/** The columns of `presence` → typed arrays (docs/contract/protocol.md). */
import { bytes, integer, ProtocolError, vec3, type Fields } from './fields';
import type { PresenceFrame } from './messages';

const EMPTY = new Uint8Array(0);

/** @throws ProtocolError where columns that belong together differ in length. */
export function readPresence(f: Fields): PresenceFrame {
  const near = uint16(f, 'near');
  const far = uint16(f, 'far');
  const hands = uint16(f, 'hands');
  return {
    t: 'presence',
    time: integer(f, 'time'),
    origin: vec3(f, 'origin'),
    near,
    near_offsets: int16(f, 'near_offsets', 3 * near.length),
    near_turns: int16(f, 'near_turns', 2 * near.length),
    far,
    far_offsets: int16(f, 'far_offsets', 3 * far.length),
    far_turns: column(f, 'far_turns', far.length),
    hands,
    hand_offsets: int16(f, 'hand_offsets', 3 * hands.length),
    gone: uint16(f, 'gone'),
  };
}

/** An empty column is left out. */
function given(f: Fields, key: string): Uint8Array {
  return f[key] === undefined ? EMPTY : bytes(f, key);
}

function uint16(f: Fields, key: string): Uint16Array {
  const { length } = given(f, key);
  return new Uint16Array(column(f, key, length & ~1).buffer);
}

function int16(f: Fields, key: string, length: number): Int16Array {
  return new Int16Array(column(f, key, 2 * length).buffer);
}

/** slice() copies to a fresh, aligned buffer: views into a frame start anywhere. */
function column(f: Fields, key: string, length: number): Uint8Array<ArrayBuffer> {
  const value = given(f, key);
  if (value.length !== length) throw new ProtocolError(`the column "${key}" has the wrong length`);
  return value.slice();
}
