import { expect, it } from 'vitest';

import { createCommentStore } from '../../src/consultation/store';
import { comment } from '../fixtures/comment';

it('lists the newest first, and tells which are new', () => {
  const store = createCommentStore();
  store.take([comment(1), comment(2)]);
  expect(store.take([comment(2), comment(3)]).map(({ id }) => id)).toEqual([3]);
  expect(store.all().map(({ id }) => id)).toEqual([3, 2, 1]);
});

it('a hidden comment is gone for visitors, and stays for hosts, who have its text', () => {
  const store = createCommentStore();
  store.take([comment(1), comment(2)]);
  store.take([comment(1, { hidden: true, text: '' }), comment(2, { hidden: true })]);
  expect(store.all().map(({ id }) => id)).toEqual([2]);
});

it('keeps the newest of a very long discussion', () => {
  const store = createCommentStore();
  store.take(Array.from({ length: 1500 }, (_, i) => comment(i)));
  expect(store.all()).toHaveLength(1000);
  expect(store.get(1499)).toBeDefined();
});
