import { gzipSync } from 'node:zlib';

import { expect, it } from 'vitest';

import { inflate } from '../../src/protocol/inflate';

it('inflates gzip and passes plain content on', async () => {
  const plain = new Uint8Array(100_000).map((_, i) => i % 7);
  expect(await inflate(new Uint8Array(gzipSync(plain)), 'gzip')).toEqual(plain);
  expect(await inflate(plain, 'identity')).toBe(plain);
});

it('stops a bomb at the limit', async () => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(1_000_000)));
  expect(bomb.length).toBeLessThan(2000);
  await expect(inflate(bomb, 'gzip', 100_000)).rejects.toThrow(/too much/);
  await expect(inflate(new Uint8Array(101), 'identity', 100)).rejects.toThrow(/too large/);
});

it('refuses what is not gzip', async () => {
  await expect(inflate(new Uint8Array([1, 2, 3]), 'gzip')).rejects.toThrow();
});
