import { webcrypto } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { owed } from '../../src/net/credit';
import { createReferences, type References } from '../../src/net/references';
import type { Place, ServerMessage } from '../../src/protocol/messages';

const CONTENT = Uint8Array.from({ length: 10 }, (_, i) => i);
const COMPLETE = { t: 'complete', seq: 1, degraded: false } as const;

let references: References;
let heard: ServerMessage[];
let returned: number[];
let failed: number[];
let asked: { url: string; init: RequestInit; answer: (content: Uint8Array<ArrayBuffer>, status?: number) => void }[];
let hash: string;

const digest = (content: Uint8Array<ArrayBuffer>) => webcrypto.subtle.digest('SHA-256', content);
const place = (tile: number, parent = -1): Place => ({ t: 'place', tile, layer: 0, parent, level: parent < 0 ? 0 : 1, children: [], box: [0, 0, 0, 1, 1, 1], translation: [0, 0, 0], hash, encoding: 'reference', content: new Uint8Array(0), size: 6, url: `/t/${tile}.glb` });

async function settled(): Promise<void> {
  for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

beforeEach(async () => {
  heard = [];
  returned = [];
  failed = [];
  asked = [];
  hash = Buffer.from(await digest(CONTENT)).subarray(0, 16).toString('hex');
  references = createReferences({
    fetch: (url, init) =>
      new Promise((resolve, reject) => {
        init.signal?.addEventListener('abort', () => reject(new Error('aborted')));
        asked.push({ url, init, answer: (content, status = 200) => resolve(new Response(content, { status })) });
      }),
    digest,
    emit: (message) => heard.push(message),
    credit: (bytes) => returned.push(bytes),
    failed: (tile) => failed.push(tile),
  });
});

describe('content by its address', () => {
  it('is fetched, checked and handed on', async () => {
    expect(references.take(place(4))).toBeUndefined();
    expect(asked[0]).toMatchObject({ url: '/t/4.glb', init: { credentials: 'omit', priority: 'high' } });
    asked[0].answer(CONTENT);
    await vi.waitFor(() => expect(heard).toHaveLength(1));
    const whole = heard[0] as Place;
    expect(whole.content).toEqual(CONTENT);
    expect(whole.encoding).toBe('identity');
    expect(owed(whole)).toBe(6);
    expect(returned).toEqual([]);
  });

  it('that is not what was named is asked for once more, and then given up', async () => {
    references.take(place(4));
    asked[0].answer(new Uint8Array(10));
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    asked[1].answer(CONTENT, 500);
    await vi.waitFor(() => expect(failed).toEqual([4]));
    expect(returned).toEqual([6]);
    expect(heard).toEqual([]);
  });

  it('holds back what says that all has come', async () => {
    references.take(place(4));
    expect(references.take(COMPLETE)).toBeUndefined();
    asked[0].answer(CONTENT);
    await vi.waitFor(() => expect(heard.map(({ t }) => t)).toEqual(['place', 'complete']));
    expect(references.take(COMPLETE)).toBe(COMPLETE);
  });

  it('of a child waits for that of its parent', async () => {
    references.take(place(4));
    references.take(place(5, 4));
    asked[1].answer(CONTENT);
    await settled();
    expect(heard).toEqual([]);
    asked[0].answer(CONTENT);
    await vi.waitFor(() => expect(heard.map((message) => (message as Place).tile)).toEqual([4, 5]));
  });

  it('of what is dropped is given up and returned', async () => {
    references.take(place(4));
    references.take({ t: 'drop', tiles: [4] });
    expect(asked[0].init.signal?.aborted).toBe(true);
    await vi.waitFor(() => expect(returned).toEqual([6]));
    expect(failed).toEqual([]);
  });

  it('of a former city or line is forgotten, and so is what waited for it', async () => {
    references.take(place(4));
    references.take(COMPLETE);
    references.take({ t: 'scene', revision: 1, manifest: {} as never });
    await settled();
    references.take(place(5));
    references.take(COMPLETE);
    references.clear();
    await settled();
    expect(heard).toEqual([]);
  });

  it('leaves everything else alone', () => {
    const pong = { t: 'pong', id: 1, time: 2 } as const;
    const value: Place = { ...place(4), encoding: 'gzip', content: CONTENT };
    expect(references.take(pong)).toBe(pong);
    expect(references.take(value)).toBe(value);
  });
});
