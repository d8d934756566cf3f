// @vitest-environment happy-dom
import { expect, it } from 'vitest';

import { createKeyedList } from '../../src/ui/keyed-list';

it('adds, orders and removes rows, and keeps those that stay', () => {
  const list = createKeyedList<string>(document.createElement('ul'), (item) => item[0], () => {
    const root = document.createElement('li');
    return { root, update: (item) => (root.textContent = item) };
  });
  const texts = (): (string | null)[] => [...list.root.children].map(({ textContent }) => textContent);
  list.show(['a1', 'b1', 'c1']);
  const b = list.root.children[1];
  list.show(['d1', 'b2', 'a1']);
  expect(texts()).toEqual(['d1', 'b2', 'a1']);
  expect(list.root.children[1]).toBe(b);
});
