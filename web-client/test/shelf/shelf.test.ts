import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';

import { createShelf, type Disk, type Shelf, type Use } from '../../src/shelf/shelf';
import { createWaiting, type Shelved } from '../../src/shelf/waiting';

const HOUR_MS = 3_600_000;
const NOW_MS = 1000 * HOUR_MS;
const KIB = 1024;

let contents: Map<string, Shelved>;
let uses: Map<string, Use>;
let writes: number[];
let broken: boolean;
let roomBytes: number;
let kept: string[];
let gone: string[];
let opens: number;

const disk: Disk = {
  read: async (hash) => contents.get(hash),
  async write(entries, usedMs) {
    if (broken) throw new DOMException('full', 'QuotaExceededError');
    writes.push(entries.length);
    for (const entry of entries) {
      contents.set(entry.hash, entry);
      uses.set(entry.hash, { hash: entry.hash, size: entry.content.byteLength, usedMs });
    }
  },
  async touch(touched) {
    for (const use of touched) uses.set(use.hash, use);
  },
  async remove(hashes) {
    for (const hash of hashes) {
      contents.delete(hash);
      uses.delete(hash);
    }
  },
  uses: async () => [...uses.values()],
};

function shelf(open: () => Promise<Disk> = async () => disk): Shelf & { put(entry: Shelved): void } {
  const waiting = createWaiting();
  const made = createShelf({
    open: () => {
      opens += 1;
      return open();
    },
    room: async () => roomBytes,
    sha256: async (content) => new Uint8Array(createHash('sha256').update(content).digest()),
    visitMs: NOW_MS,
    changed(change) {
      kept.push(...change.kept);
      gone.push(...change.gone);
    },
    waiting,
  });
  return { ...made, put: waiting.put };
}

/** Content of so many bytes, as it is sent. */
function entry(seed: number, bytes = KIB, encoding: 'gzip' | 'identity' = 'identity'): Shelved {
  const whole = new Uint8Array(bytes).fill(seed);
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, 32);
  return { hash, encoding, content: encoding === 'gzip' ? new Uint8Array(gzipSync(whole)) : whole };
}

function lay(one: Shelved, usedMs: number): void {
  contents.set(one.hash, one);
  uses.set(one.hash, { hash: one.hash, size: one.content.byteLength, usedMs });
}

beforeEach(() => {
  contents = new Map();
  uses = new Map();
  writes = [];
  broken = false;
  roomBytes = 1024 * KIB;
  kept = [];
  gone = [];
  opens = 0;
});

describe('what is put on the shelf', () => {
  it('is there at the next visit, as it was before it was compressed', async () => {
    const first = shelf();
    first.put(entry(1));
    first.put(entry(2, 5000, 'gzip'));
    await first.write();
    expect(kept).toEqual([entry(1).hash, entry(2, 5000).hash]);
    const second = shelf();
    expect(await second.take(entry(1).hash)).toEqual(new Uint8Array(KIB).fill(1));
    expect(await second.take(entry(2, 5000).hash)).toEqual(new Uint8Array(5000).fill(2));
  });

  it('touches no disk before it is time to write', async () => {
    const one = shelf();
    one.put(entry(1));
    await Promise.resolve();
    expect([opens, writes, kept]).toEqual([0, [], []]);
  });

  it('can be taken before it is written', async () => {
    const one = shelf();
    one.put(entry(1));
    expect(await one.take(entry(1).hash)).toBeDefined();
    expect(opens).toBe(0);
  });

  it('is written a little at a time', async () => {
    const one = shelf();
    for (let seed = 0; seed < 10; seed += 1) one.put(entry(seed, 100 * KIB));
    await one.write();
    expect(writes).toEqual([5, 5]);
  });

  it('waits in bounded memory', async () => {
    roomBytes = Infinity;
    const one = shelf();
    for (let seed = 0; seed < 13; seed += 1) one.put({ ...entry(seed), content: new Uint8Array(4 * KIB * KIB) });
    await one.write();
    expect(kept).toHaveLength(12);
  });
});

describe('what is taken', () => {
  it.each([
    ['other content', new Uint8Array(KIB), 'identity'],
    ['content that is cut short', entry(3, 5000, 'gzip').content.slice(0, 20), 'gzip'],
  ] as const)('is not %s: that is thrown away', async (_, content, encoding) => {
    const { hash } = entry(3, 5000);
    lay({ hash, encoding, content }, NOW_MS);
    expect(await shelf().take(hash)).toBeUndefined();
    expect([gone, contents.size]).toEqual([[hash], 0]);
  });

  it('is nothing where nothing is', async () => {
    expect(await shelf().take(entry(1).hash)).toBeUndefined();
    expect(gone).toEqual([]);
  });

  it('is known to be wanted from then on', async () => {
    lay(entry(1), NOW_MS - 2 * HOUR_MS);
    lay(entry(2), NOW_MS - 2 * HOUR_MS);
    const one = shelf();
    await one.take(entry(1).hash);
    await one.write();
    expect([entry(1), entry(2)].map(({ hash }) => uses.get(hash)?.usedMs)).toEqual([NOW_MS, NOW_MS - 2 * HOUR_MS]);
  });
});

describe('room', () => {
  it('is made by what was wanted least lately', async () => {
    roomBytes = 3 * KIB;
    lay(entry(1), NOW_MS - 30 * HOUR_MS);
    lay(entry(2), NOW_MS - 90 * HOUR_MS);
    lay(entry(3), NOW_MS - 60 * HOUR_MS);
    const one = shelf();
    await one.take(entry(2).hash);
    one.put(entry(4));
    await one.write();
    expect(gone).toEqual([entry(3).hash]);
    expect([...contents.keys()].sort()).toEqual([1, 2, 4].map((seed) => entry(seed).hash).sort());
  });

  it('is not made by what this visit needs: then nothing more is kept', async () => {
    roomBytes = 3 * KIB;
    const one = shelf();
    for (let seed = 0; seed < 3; seed += 1) one.put(entry(seed));
    await one.write();
    one.put(entry(7));
    await one.write();
    one.put(entry(8));
    await one.write();
    expect(kept).toHaveLength(3);
    expect(gone).toEqual([]);
  });

  it('may run out all the same', async () => {
    broken = true;
    const one = shelf();
    one.put(entry(1));
    await one.write();
    broken = false;
    one.put(entry(2));
    await one.write();
    expect(kept).toEqual([]);
  });
});

it('a browser that keeps nothing is no trouble', async () => {
  const one = shelf(() => Promise.reject(new DOMException('no', 'SecurityError')));
  one.put(entry(1));
  await one.write();
  expect(await one.take(entry(1).hash)).toBeUndefined();
  expect([kept, gone]).toEqual([[], []]);
});
