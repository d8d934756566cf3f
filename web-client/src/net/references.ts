/**
 * Fetches content that comes by its address, and hands its message on when it is there.
 *
 * What says that all has come waits for what was under way when it came; a child waits for its
 * parent. Whatever is fetched is held against its hash: it may come from anywhere.
 */
import { hashHex } from '../protocol/fields';
import type { Place, ServerMessage } from '../protocol/messages';

const TRIES = 2;

export interface ReferencesOptions {
  /** As `fetch`. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** SHA-256. */
  readonly digest: (content: Uint8Array<ArrayBuffer>) => Promise<ArrayBuffer>;
  /** Takes a message that waited. */
  readonly emit: (message: ServerMessage) => void;
  readonly credit: (bytes: number) => void;
  /** The tile could not be fetched. */
  readonly failed: (tile: number) => void;
}

interface Fetching {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

export interface References {
  /** A message to act on now, or none as it comes later, or never. */
  take(message: ServerMessage): ServerMessage | undefined;
  /** Nothing that is under way is wanted any more. */
  clear(): void;
}

export function createReferences(options: ReferencesOptions): References {
  const fetching = new Map<number, Fetching>();
  /** Changes when nothing that came before means anything any more. */
  let era = 0;

  function begin(message: Place): void {
    cancel([message.tile]);
    const abort = new AbortController();
    const parent = fetching.get(message.parent)?.done ?? Promise.resolve();
    const done = bring(message, abort.signal, parent);
    const mine = { abort, done };
    fetching.set(message.tile, mine);
    void done.then(() => fetching.get(message.tile) === mine && fetching.delete(message.tile));
  }

  async function bring(message: Place, signal: AbortSignal, parent: Promise<void>): Promise<void> {
    const size = message.size ?? 0;
    const content = await get(message, signal);
    await parent;
    if (signal.aborted || !content) {
      options.credit(size);
      if (!signal.aborted) options.failed(message.tile);
      return;
    }
    options.emit({ ...message, encoding: 'identity', content, returned: content.byteLength - size });
  }

  async function get({ url = '', hash, level }: Place, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const priority = level === 0 ? 'high' : 'low';
    for (let tried = 0; tried < TRIES && !signal.aborted; tried += 1) {
      try {
        const response = await options.fetch(url, { signal, priority, credentials: 'omit' });
        const content = new Uint8Array(await response.arrayBuffer());
        if (response.ok && (await hashOf(content)) === hash) return content;
      } catch {
        // Tried again, or told by `failed`.
      }
    }
    return undefined;
  }

  async function hashOf(content: Uint8Array<ArrayBuffer>): Promise<string> {
    const digest = new Uint8Array(await options.digest(content));
    return hashHex({ digest: digest.subarray(0, 16) }, 'digest');
  }

  function cancel(tiles: Iterable<number>): void {
    for (const tile of tiles) {
      fetching.get(tile)?.abort.abort();
      fetching.delete(tile);
    }
  }

  function afterAll(message: ServerMessage): ServerMessage | undefined {
    if (fetching.size === 0) return message;
    const began = era;
    const all = Promise.all([...fetching.values()].map(({ done }) => done));
    void all.then(() => began === era && options.emit(message));
    return undefined;
  }

  function clear(): void {
    era += 1;
    cancel([...fetching.keys()]);
  }

  return {
    take(message) {
      switch (message.t) {
        case 'place':
          if (message.encoding !== 'reference') return message;
          begin(message);
          return undefined;
        case 'drop':
          cancel(message.tiles);
          return message;
        case 'visible':
        case 'complete':
          return afterAll(message);
        case 'scene':
          clear();
          return message;
        default:
          return message;
      }
    },
    clear,
  };
}
