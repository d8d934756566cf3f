import { beforeEach, describe, expect, it } from 'vitest';

import { createDissolves, DISSOLVE_MS, MOST_GOING, MOST_GOING_TRIANGLES, type Dissolves } from '../../src/city/dissolves';
import { createManualClock, type ManualClock } from '../../src/core/clock';

let clock: ManualClock;
let dissolves: Dissolves<string>;
let log: string[];
let triangles: number;

beforeEach(() => {
  clock = createManualClock();
  log = [];
  triangles = 100;
  dissolves = createDissolves<string>({
    clock,
    slots: 2,
    triangles: () => triangles,
    began: ({ slot, coming, going }) => log.push(`${going} to ${coming} in ${slot}`),
    show: (slot, share) => log.push(`${slot}: ${share}`),
    ended: ({ going }) => log.push(`${going} gone`),
  });
});

it('one level takes the place of another little by little, and then the other is gone', () => {
  dissolves.begin(['a1', 'a2'], ['a']);
  clock.advance(DISSOLVE_MS / 2);
  dissolves.frame();
  expect(dissolves.isGoing('a')).toBe(true);
  clock.advance(DISSOLVE_MS / 2);
  dissolves.frame();
  expect(log).toEqual(['0: 0', 'a to a1,a2 in 0', '0: 0.5', 'a gone']);
  expect(dissolves.size).toBe(0);
});

it('several go on side by side, each at its own pace', () => {
  dissolves.begin(['a1'], ['a']);
  clock.advance(DISSOLVE_MS / 2);
  dissolves.begin(['b1'], ['b']);
  expect(dissolves.free).toBe(false);
  log = [];
  clock.advance(DISSOLVE_MS / 4);
  dissolves.frame();
  expect(log).toEqual(['0: 0.75', '1: 0.25']);
});

describe('what is drawn twice stays bounded', () => {
  const many = (count: number, name: string): string[] => Array.from({ length: count }, (_, i) => `${name}${i}`);

  it('by the number of changes: the oldest ends early', () => {
    for (const name of ['a', 'b', 'c']) dissolves.begin([`${name}1`], [name]);
    expect(log).toEqual(['0: 0', 'a to a1 in 0', '1: 0', 'b to b1 in 1', 'a gone', '0: 0', 'c to c1 in 0']);
  });

  it('by the number of tiles', () => {
    dissolves.begin(['a1'], many(MOST_GOING, 'a'));
    dissolves.begin(['b1'], ['b']);
    expect(dissolves.going).toBe(1);
    expect(dissolves.begin(['c1'], many(MOST_GOING + 1, 'c'))).toBe(false);
    expect(dissolves.isGoing('b')).toBe(true);
  });

  it('by the number of triangles', () => {
    triangles = MOST_GOING_TRIANGLES;
    expect(dissolves.begin(['a1'], ['a'])).toBe(true);
    expect(dissolves.begin(['b1'], ['b'])).toBe(true);
    expect(dissolves.going).toBe(1);
    triangles += 1;
    expect(dissolves.begin(['c1'], ['c'])).toBe(false);
  });
});

it('a tile that changes again ends what it takes part in, and nothing else', () => {
  dissolves.begin(['a1', 'a2'], ['a']);
  dissolves.begin(['b1'], ['b']);
  dissolves.endWith('a2');
  expect([dissolves.isGoing('a'), dissolves.isGoing('b')]).toEqual([false, true]);
});
