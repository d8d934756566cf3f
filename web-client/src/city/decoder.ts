/** The main thread's side of the decode worker. */
import type { ColliderMesh } from '../protocol/collider';
import type { Content } from '../protocol/messages';
import type { Change } from '../shelf/shelf';
import type { DecodedTile, DecodeReply, DecodeRequest, Shelved, ShelfRequest } from './decode-worker';

export interface Decoder {
  /** Undefined where the content is said to be held, and isn't kept. */
  tile(content: Content): Promise<DecodedTile | undefined>;
  collider(content: Content): Promise<ColliderMesh | undefined>;
  /** Something will be taken off the shelf: its code and its disk can be opened meanwhile. */
  prepare(): void;
  /** From now on there is time to write down what came, for the next visit. */
  shelve(): void;
  /** How many are on their way. */
  readonly pending: number;
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** @param shelved hears what the browser keeps from now on, and what it lacks. */
export function createDecoder(shelved: (change: Change) => void): Decoder {
  const worker = new Worker(new URL('./decode-worker.ts', import.meta.url), { type: 'module' });
  const waiting = new Map<number, Waiting & { readonly hash: string }>();
  let nextId = 0;
  let stopped = false;

  worker.onmessage = ({ data }: MessageEvent<DecodeReply | Shelved>) => {
    if (data.kind === 'shelved') return shelved(data);
    const caller = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.kind === 'failed') caller?.reject(new Error(data.message));
    else if (data.kind === 'lacking') {
      shelved({ kept: [], gone: caller ? [caller.hash] : [] });
      caller?.resolve(undefined as never);
    } else caller?.resolve(data.value as never);
  };

  // It never throws by itself: it could not be loaded, or ran out of memory.
  worker.onerror = () => {
    stopped = true;
    for (const { reject } of waiting.values()) reject(new Error('the decoder stopped; load the page again'));
    waiting.clear();
  };

  function ask<T>(kind: DecodeRequest['kind'], { hash, encoding, content, url }: Content): Promise<T> {
    if (stopped) return Promise.reject(new Error('the decoder stopped; load the page again'));
    const id = (nextId += 1);
    return new Promise<T>((resolve, reject) => {
      waiting.set(id, { resolve, reject, hash });
      // The content is a view into its message's buffer, which nobody else reads any more.
      const view = content as Uint8Array<ArrayBuffer>;
      const transfer = view.byteLength > 0 ? [view.buffer] : [];
      const keep = url === undefined;
      worker.postMessage({ id, kind, hash, encoding, content: view, keep } satisfies DecodeRequest, transfer);
    });
  }

  return {
    tile: (content) => ask('tile', content),
    collider: (content) => ask('collider', content),
    prepare: () => worker.postMessage({ kind: 'prepare' } satisfies ShelfRequest),
    shelve: () => worker.postMessage({ kind: 'shelve' } satisfies ShelfRequest),
    get pending() {
      return waiting.size;
    },
  };
}
