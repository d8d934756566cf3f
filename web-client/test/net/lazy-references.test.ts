import { createHash } from 'node:crypto';
import { beforeEach, expect, it, vi } from 'vitest';

import { createLazyReferences } from '../../src/net/lazy-references';
import type { References } from '../../src/net/references';
import type { Place, ServerMessage } from '../../src/protocol/messages';

const CONTENT = new Uint8Array([1, 2, 3]);
const HASH = createHash('sha256').update(CONTENT).digest('hex').slice(0, 32);
const referred: Place = {
  t: 'place', tile: 0, layer: 0, parent: -1, level: 0, children: [], box: [], translation: [0, 0, 0],
  hash: HASH, encoding: 'reference', content: new Uint8Array(0), url: '/tile', size: 3,
};
const complete: ServerMessage = { t: 'complete', seq: 1, degraded: false };

let references: References;
let emitted: ServerMessage[];

beforeEach(() => {
  emitted = [];
  references = createLazyReferences({
    fetch: async () => new Response(CONTENT),
    digest: (content) => crypto.subtle.digest('SHA-256', content),
    emit: (message) => emitted.push(message),
    credit: () => undefined,
    failed: () => undefined,
  });
});

it('lets everything pass where nothing has an address', () => {
  const place: Place = { ...referred, encoding: 'identity' };
  expect([references.take(place), references.take(complete)]).toEqual([place, complete]);
});

it('keeps the order while its code comes', async () => {
  const pong: ServerMessage = { t: 'pong', id: 1, time: 2 };
  expect([references.take(referred), references.take(pong), references.take(complete)]).toEqual([undefined, pong, undefined]);
  await vi.waitFor(() => expect(emitted.map(({ t }) => t)).toEqual(['place', 'complete']));
  expect((emitted[0] as Place).content).toEqual(CONTENT);
});

it('forgets what waits when the line is lost', async () => {
  references.take(referred);
  references.clear();
  await import('../../src/net/references');
  await new Promise((resolve) => setTimeout(resolve));
  expect(references.take(complete)).toBe(complete);
  expect(emitted).toEqual([]);
});
