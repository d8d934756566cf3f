import { readFileSync } from 'node:fs';

import { encode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';

import { decodeServerMessage } from '../../src/protocol/codec';
import type { ServerMessage } from '../../src/protocol/messages';

const GOLDEN = new URL('../../../tests/contract/protocol/', import.meta.url);

function read<T extends ServerMessage['t']>(type: T, bytes: Uint8Array): Extract<ServerMessage, { t: T }> {
  const message = decodeServerMessage(bytes);
  if (message?.t !== type) throw new Error(`not ${type}`);
  return message as Extract<ServerMessage, { t: T }>;
}

const golden = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`${name}.msgpack`, GOLDEN)));

describe('readings', () => {
  it('come as the doubles that the server has, with times to the millisecond and their quality', () => {
    const { ids, values, times, quality, tick, time } = read('readings', golden('readings'));
    expect([...ids]).toEqual([0, 3, 300, 7]);
    expect([...values]).toEqual([21.4, -0.5, 0.1 + 0.2, 412]);
    expect([...times].map((at) => time - at)).toEqual([1_500_000, 0, -20_000, 86_400_000_000]);
    expect([...quality]).toEqual([0, 0, 5, 32]);
    expect(tick).toBeUndefined();
  });

  it('may say only up to where all has been told', () => {
    const { ids, tick } = read('readings', golden('readings-tick'));
    expect(ids).toHaveLength(0);
    expect(tick).toBe(4711);
  });

  it.each([0.1, 21.35, -273.15, 999_999_999, 0.000001, 1013.25])('%f is that double again from its decimals', (value) => {
    const decimals = 6;
    let rest = 2 * Math.abs(Math.round(value * 10 ** decimals)) - (value < 0 ? 1 : 0);
    const digits: number[] = [];
    for (; rest > 127; rest = Math.floor(rest / 128)) digits.push((rest % 128) + 128);
    const rows = new Uint8Array([1, decimals, 5, ...digits, rest, 0]);
    const read1 = read('readings', encode({ t: 'readings', time: 1e15, rows }));
    expect(read1.values[0]).toBe(Math.round(value * 10 ** decimals) / 10 ** decimals);
    expect(read1.values[0]).toBe(value);
  });
});

describe('sensors', () => {
  it('have what their kind says, and what is left out is the usual', () => {
    const { first, last, datastreams, movers, styles } = read('sensors', golden('sensors'));
    expect([first, last]).toEqual([true, false]);
    expect(datastreams[0]).toMatchObject({ id: 0, unit: 'µg/m³', period_s: 60, reality: 'simulated', licence: 'CC0-1.0', range: [0, 1000] });
    expect(datastreams[1]).toMatchObject({ id: 300, thing: '', feature: '', position: undefined, reality: 'measured', range: undefined });
    expect(movers[0]).toMatchObject({ id: 2, key: 'tram-4711', reality: 'simulated' });
    expect(styles[0].steps).toEqual([[10, 'good'], [25, 'poor']]);
    expect(styles[1]).toMatchObject({ look: 'vehicle', key: 'tram-*', observed_property: '', scale: undefined });
  });
});

describe('movers', () => {
  it('have places, ways and speeds, or NaN where nobody says', () => {
    const { ids, positions, headings, speeds, times, time } = read('movers', golden('movers'));
    expect([...ids]).toEqual([2, 9]);
    expect([...positions.subarray(3)]).toEqual([-4, 8.5, 3]);
    expect(headings[0]).toBeCloseTo(Math.PI / 4);
    expect([speeds[0], speeds[1]]).toEqual([8, NaN]);
    expect(time - times[1]).toBe(10_000);
  });
});
