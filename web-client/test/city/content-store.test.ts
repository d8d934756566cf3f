import { expect, it } from 'vitest';

import { createContentStore, hashBytes } from '../../src/city/content-store';

it('shares content by its hash and frees it with its last use', () => {
  const freed: string[] = [];
  const store = createContentStore<string>((content) => freed.push(content));
  expect(store.acquire('aa', () => 'first')).toBe('first');
  expect(store.acquire('aa', () => 'second')).toBe('first');
  store.release('aa');
  expect(store.get('aa')).toBe('first');
  store.release('aa');
  expect(freed).toEqual(['first']);
  expect(store.hashes()).toEqual([]);
});

it('writes a hash as the wire has it', () => {
  expect(hashBytes('00ff10')).toEqual(new Uint8Array([0, 255, 16]));
});
