/**
 * Content that this browser keeps from one visit to the next, by its hash.
 *
 * Nothing is written before the first picture is whole, and then a little at a time. What is taken
 * is held against its hash; what doesn't fit it is thrown away. Where the browser lends no room, or
 * not as much any more, everything else goes on as if nothing had been kept.
 */
import { inflate } from '../protocol/inflate';
import type { Shelved, Waiting } from './waiting';

export interface Use {
  readonly hash: string;
  /** Bytes of its content. */
  readonly size: number;
  /** When it was wanted last: milliseconds since 1970 UTC. */
  readonly usedMs: number;
}

/** Where it lies. Every promise may be rejected. */
export interface Disk {
  read(hash: string): Promise<Shelved | undefined>;
  /** All of them, or none. */
  write(entries: readonly Shelved[], usedMs: number): Promise<void>;
  touch(uses: readonly Use[]): Promise<void>;
  remove(hashes: readonly string[]): Promise<void>;
  uses(): Promise<readonly Use[]>;
}

/** What has come to be kept, or is kept no more. */
export interface Change {
  readonly kept: readonly string[];
  readonly gone: readonly string[];
}

export interface ShelfOptions {
  readonly open: () => Promise<Disk>;
  /** Most bytes to keep. */
  readonly room: () => Promise<number>;
  /** What comes to be kept. */
  readonly waiting: Waiting;
  readonly sha256: (content: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;
  /** When this visit began: milliseconds since 1970 UTC. */
  readonly visitMs: number;
  readonly changed: (change: Change) => void;
}

export interface Shelf {
  /** Opens the disk, so that nobody waits for that. */
  prepare(): void;
  /** Uncompressed content; undefined where it isn't kept, or not whole. */
  take(hash: string): Promise<Uint8Array | undefined>;
  /** Writes down what waits, and what was used; one call is at work at a time. */
  write(): Promise<void>;
}

/** Written in one go. */
const BATCH_BYTES = 512 * 1024;
/** Who comes every hour needs not be written down every time. */
const NEWS_MS = 3_600_000;

export function createShelf({ open, room, waiting, sha256, visitMs, changed }: ShelfOptions): Shelf {
  let disk: Promise<Disk> | undefined;
  let used = new Set<string>();
  let known: Map<string, Use> | undefined;
  let mostBytes = 0;
  let writing: Promise<void> | undefined;
  let isShut = false;

  const opened = (): Promise<Disk> => (disk ??= open());

  async function take(hash: string): Promise<Uint8Array | undefined> {
    const waits = waiting.find(hash);
    if (waits) return inflate(waits.content, waits.encoding);
    try {
      const found = await (await opened()).read(hash);
      const content = found && (await sound(found));
      if (content) used.add(hash);
      else if (found) await remove([hash]);
      return content;
    } catch {
      return undefined;
    }
  }

  async function sound({ hash, encoding, content }: Shelved): Promise<Uint8Array | undefined> {
    try {
      const whole = await inflate(content, encoding);
      const digest = await sha256(whole);
      const name = [...digest.subarray(0, hash.length / 2)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      return name === hash ? whole : undefined;
    } catch {
      return undefined;
    }
  }

  async function remove(hashes: readonly string[]): Promise<void> {
    await (await opened()).remove(hashes);
    for (const hash of hashes) known?.delete(hash);
    changed({ kept: [], gone: hashes });
  }

  async function writeAll(): Promise<void> {
    const to = await opened();
    if (!known) {
      known = new Map((await to.uses()).map((use) => [use.hash, use]));
      mostBytes = await room();
    }
    await touch(to, known);
    while (!isShut && waiting.first(BATCH_BYTES).length > 0) await writeBatch(to, known);
  }

  async function touch(to: Disk, uses: Map<string, Use>): Promise<void> {
    const stale = [...used].flatMap((hash) => {
      const use = uses.get(hash);
      return use && visitMs - use.usedMs > NEWS_MS ? [{ ...use, usedMs: visitMs }] : [];
    });
    used = new Set();
    if (stale.length === 0) return;
    await to.touch(stale);
    for (const use of stale) uses.set(use.hash, use);
  }

  async function writeBatch(to: Disk, uses: Map<string, Use>): Promise<void> {
    const batch = waiting.first(BATCH_BYTES);
    const bytes = batch.reduce((sum, { content }) => sum + content.byteLength, 0);
    if (!(await makeRoom(uses, bytes))) return shut();
    await to.write(batch, visitMs);
    waiting.shift(batch.length);
    for (const { hash, content } of batch) uses.set(hash, { hash, size: content.byteLength, usedMs: visitMs });
    changed({ kept: batch.map(({ hash }) => hash), gone: [] });
  }

  /** Away with what was wanted least lately; never with what was wanted in this visit. */
  async function makeRoom(uses: Map<string, Use>, bytes: number): Promise<boolean> {
    let over = bytes - mostBytes;
    for (const { size } of uses.values()) over += size;
    if (over <= 0) return true;
    const oldest = [...uses.values()].filter(({ usedMs }) => usedMs < visitMs - NEWS_MS);
    oldest.sort((a, b) => a.usedMs - b.usedMs);
    const gone: string[] = [];
    for (const { hash, size } of oldest) {
      if (over <= 0) break;
      over -= size;
      gone.push(hash);
    }
    if (gone.length > 0) await remove(gone);
    return over <= 0;
  }

  /** Nothing more is kept in this visit. */
  function shut(): void {
    isShut = true;
    waiting.shift(Infinity);
  }

  return {
    prepare: () => void opened().catch(() => undefined),
    take,
    write() {
      if (isShut) waiting.shift(Infinity);
      writing ??= writeAll()
        .catch(shut)
        .finally(() => (writing = undefined));
      return writing;
    },
  };
}
