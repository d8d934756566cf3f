/** Returns consumed bytes to the server, gathered so that credits never exceed the message rate. */

import type { Content } from '../protocol/messages';

/** At most 33 credits a second; with ten views well under the 60 messages that a server takes. */
const INTERVAL_MS = 30;

export interface CreditOptions {
  readonly send: (bytes: number) => void;
  readonly now: () => number;
  readonly after: (ms: number, run: () => void) => void;
}

/** What is to be returned of content when it is consumed. */
export function owed({ content, returned = 0 }: Content): number {
  return content.byteLength - returned;
}

/** @returns takes the bytes of one piece of content that was decoded or thrown away. */
export function createCredit({ send, now, after }: CreditOptions): (bytes: number) => void {
  let owed = 0;
  let lastMs = -Infinity;
  let waiting = false;

  function flush(): void {
    waiting = false;
    lastMs = now();
    send(owed);
    owed = 0;
  }

  return (bytes) => {
    if (bytes <= 0) return;
    owed += bytes;
    if (waiting) return;
    const early = lastMs + INTERVAL_MS - now();
    if (early <= 0) return flush();
    waiting = true;
    after(early, flush);
  };
}
