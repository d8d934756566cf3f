import { expect, it } from 'vitest';

import { greetingPath } from '../../src/net/greeting';

const visitor = {
  scene: 'tønder',
  profile: { name: 'phone', budgetBytes: 1000, memoryBytes: 1, shadows: false, maxPixelRatio: 1 },
  viewport: [390, 844],
} as const;

it('says in the address what hello says, and nothing of the visitor', () => {
  const url = new URL(greetingPath(visitor), 'ws://host');
  const hello = JSON.parse(url.searchParams.get('hello')!) as Record<string, unknown>;
  expect(url.pathname).toBe('/ws');
  expect(hello).toMatchObject({ t: 'hello', scene: 'tønder', profile: 'phone', budget_bytes: 1000 });
  expect(hello.start).toMatchObject({ viewport: [390, 844] });
  expect(Object.keys(hello)).not.toContain('name');
  expect(Object.keys(hello)).not.toContain('token');
});
