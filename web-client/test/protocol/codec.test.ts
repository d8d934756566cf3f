import { readFileSync } from 'node:fs';

import { decode, encode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';

import { decodeServerMessage, encodeClientMessage, MAX_MESSAGE_BYTES } from '../../src/protocol/codec';
import { ProtocolError } from '../../src/protocol/fields';
import type { ClientMessage, Manifest } from '../../src/protocol/messages';

const GOLDEN = new URL('../../../tests/contract/protocol/', import.meta.url);

interface Golden {
  readonly name: string;
  readonly from: 'client' | 'server';
  readonly message: Record<string, unknown>;
}

const golden = JSON.parse(readFileSync(new URL('messages.json', GOLDEN), 'utf8')) as Golden[];
const frame = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`${name}.msgpack`, GOLDEN)));

/** `{"$hex": "…"}` stands for bytes in the golden file. */
function withBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBytes);
  if (typeof value !== 'object' || value === null) return value;
  const { $hex } = value as { $hex?: string };
  if ($hex !== undefined) return new Uint8Array(Buffer.from($hex, 'hex'));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withBytes(item)]));
}

describe('golden messages of the client', () => {
  for (const { name, message } of golden.filter(({ from }) => from === 'client')) {
    it(`${name} says the same as the golden bytes`, () => {
      const ours = encodeClientMessage(withBytes(message) as ClientMessage);
      expect(decode(ours)).toEqual(decode(frame(name)));
    });
  }
});

/** To clients before 1.3. */
const FORMER = ['datastreams', 'observations'];

describe('golden messages of the server', () => {
  for (const { name, message } of golden.filter(({ from, message: { t } }) => from === 'server' && !FORMER.includes(t as string))) {
    it(`${name} is read with every key that the client uses`, () => {
      const read = decodeServerMessage(frame(name)) as unknown as Record<string, unknown>;
      expect(read.t).toBe(message.t);
      for (const [key, value] of Object.entries(read)) {
        const sent = withBytes(message[key]);
        if (key === 'key' && sent === undefined) expect(value).toBe('');
        else if (key === 'hash') expect(value).toBe(Buffer.from(sent as Uint8Array).toString('hex'));
        else if (sent instanceof Uint8Array && key !== 'content') expect((value as Uint8Array).length).toBeGreaterThan(0);
        else if (key === 'content') expect(value).toEqual(sent ?? new Uint8Array(0));
        else if (message.t === 'sensors' || message.t === 'readings') continue;
        else if (key === 'comments') {
          // What is left out is about the scene as it is.
          expect((sent as object[]).map((one) => ({ variant: '', ...one }))).toMatchObject(value as object);
        } else if (key === 'manifest') {
          const { tilesets, buildings, ...rest } = value as Manifest;
          expect(buildings).toBe('');
          expect(tilesets).toEqual([]);
          expect(sent).toMatchObject(rest);
        } else expect(sent).toMatchObject(value as object);
      }
    });
  }

  it('presence comes as columns, and an empty column is left out', () => {
    const read = decodeServerMessage(frame('presence'));
    if (read?.t !== 'presence') throw new Error('not presence');
    expect([...read.near]).toEqual([12, 300]);
    expect([...read.near_offsets.subarray(0, 3)]).toEqual([150, -225, 0]);
    expect([...read.near_turns]).toEqual([900, -50, -1795, 0]);
    expect([...read.hands]).toEqual([300, 300]);
    expect([...read.gone]).toEqual([14, 15]);
    const far = decodeServerMessage(frame('presence-far'));
    if (far?.t !== 'presence') throw new Error('not presence');
    expect([far.near.length, far.far.length, far.far_offsets.length, far.gone.length]).toEqual([0, 1, 3, 0]);
  });
});

describe('frames that break the contract', () => {
  it('an unknown type is ignored', () => {
    expect(decodeServerMessage(encode({ t: 'weather', sky: 'blue' }))).toBeUndefined();
  });

  it('a name of Object.prototype is no type', () => {
    expect(decodeServerMessage(encode({ t: 'toString' }))).toBeUndefined();
  });

  it.each([
    ['not MessagePack', new Uint8Array([0xc1])],
    ['cut short', frame('place').subarray(0, 40)],
    ['no map', encode([1, 2])],
    ['no type', encode({ tile: 1 })],
    ['a missing key', encode({ t: 'drop' })],
    ['an ill-typed key', encode({ t: 'drop', tiles: ['1'] })],
    ['a number that is none', encode({ t: 'complete', seq: Number.NaN, degraded: false })],
    ['columns that differ in length', encode({ ...(decode(frame('presence')) as object), near: new Uint8Array(2) })],
    ['half a number in a column', encode({ ...(decode(frame('presence')) as object), gone: new Uint8Array(3) })],
    ['a comment without a place', encode({ t: 'comments', comments: [{ ...(decode(frame('comments')) as { comments: object[] }).comments[0], position: [1, 2] }] })],
    ['a short hash', encode({ ...(decode(frame('place')) as object), hash: new Uint8Array(3) })],
    ['a tile that is its own child', encode({ ...(decode(frame('place')) as object), tile: 7, children: [8, 7] })],
    ['a tile hidden in a word', encode({ ...(decode(frame('place')) as object), hidden: 'yes' })],
    ['an unknown encoding', encode({ ...(decode(frame('place')) as object), encoding: 'zip' })],
    ['rows cut short', encode({ t: 'readings', time: 1, rows: new Uint8Array([2, 1, 0, 4, 4]) })],
    ['more rows than there can be', encode({ t: 'readings', time: 1, rows: new Uint8Array([255, 255, 255, 127, 0, 0, 0, 0]) })],
    ['a number without an end', encode({ t: 'readings', time: 1, rows: new Uint8Array(40).fill(255) })],
    ['an unknown mode', encode({ t: 'readings', time: 1, rows: new Uint8Array([1, 9, 0, 4, 4]) })],
    ['movers whose columns differ', encode({ ...(decode(frame('movers')) as object), speeds: new Uint8Array(4) })],
    ['a sensor of no kind', encode({ t: 'sensors', sensors: [{ id: 0, kind: 0, key: 'k', name: 'n' }] })],
  ])('%s is refused', (_, bytes) => {
    expect(() => decodeServerMessage(bytes)).toThrow(ProtocolError);
  });

  it('a message over the limit is refused unread', () => {
    expect(() => decodeServerMessage(new Uint8Array(MAX_MESSAGE_BYTES + 1))).toThrow(/too long/);
  });

  it('damaged golden frames give a message or a ProtocolError, nothing else', () => {
    for (const { name } of golden.filter(({ from }) => from === 'server')) {
      const whole = frame(name);
      for (let at = 0; at < Math.min(whole.length, 200); at += 1) {
        const damaged = whole.slice();
        damaged[at] ^= 0x55;
        try {
          decodeServerMessage(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }
    }
  });
});
