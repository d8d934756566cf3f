import { expect, it } from 'vitest';

import { createContentStore } from '../../src/city/content-store';

it('shares content by its hash and frees it with its last use', () => {
  const freed: string[] = [];
  const store = createContentStore<string>((content) => freed.push(content));
  expect(store.acquire('aa', () => 'first')).toBe('first');
  expect(store.acquire('aa', () => 'second')).toBe('first');
  store.release('aa');
  expect(store.get('aa')).toBe('first');
  store.release('aa');
  expect(freed).toEqual(['first']);
  expect(store.get('aa')).toBeUndefined();
});
