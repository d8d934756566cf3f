/** The main thread's side of the decode worker. */
import type { ColliderMesh } from '../protocol/collider';
import type { Encoding } from '../protocol/messages';
import type { DecodedTile, DecodeReply, DecodeRequest } from './decode-worker';

export interface Decoder {
  tile(encoding: Encoding, content: Uint8Array): Promise<DecodedTile>;
  collider(encoding: Encoding, content: Uint8Array): Promise<ColliderMesh>;
  /** How many are on their way. */
  readonly pending: number;
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

export function createDecoder(): Decoder {
  const worker = new Worker(new URL('./decode-worker.ts', import.meta.url), { type: 'module' });
  const waiting = new Map<number, Waiting>();
  let nextId = 0;
  let stopped = false;

  worker.onmessage = ({ data }: MessageEvent<DecodeReply>) => {
    const caller = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.kind === 'failed') caller?.reject(new Error(data.message));
    else caller?.resolve(data.value as never);
  };

  // It never throws by itself: it could not be loaded, or ran out of memory.
  worker.onerror = () => {
    stopped = true;
    for (const { reject } of waiting.values()) reject(new Error('the decoder stopped; load the page again'));
    waiting.clear();
  };

  function ask<T>(kind: DecodeRequest['kind'], encoding: Encoding, content: Uint8Array): Promise<T> {
    if (stopped) return Promise.reject(new Error('the decoder stopped; load the page again'));
    const id = (nextId += 1);
    return new Promise<T>((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      // The content is a view into its message's buffer, which nobody else reads any more.
      const view = content as Uint8Array<ArrayBuffer>;
      worker.postMessage({ id, kind, encoding, content: view } satisfies DecodeRequest, [view.buffer]);
    });
  }

  return {
    tile: (encoding, content) => ask('tile', encoding, content),
    collider: (encoding, content) => ask('collider', encoding, content),
    get pending() {
      return waiting.size;
    },
  };
}
