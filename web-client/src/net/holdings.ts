/** What hello says that the client holds, and what is said after it (docs/contract/protocol.md). */
import { hexBytes } from '../protocol/hex';
import type { Hello } from '../protocol/messages';

const MOST_HELD = 4096;
/** As much as a line takes at once: who waits for a first picture mustn't wait for the list. */
const FIRST_KEPT = 1024;
/** Of one later message, which may have 16 KiB. */
const MOST_KEPT = 1900;

export interface Holdings {
  readonly hello: Pick<Hello, 'have' | 'kept'>;
  /** Names for later, in messages of their own. */
  readonly rest: readonly string[];
}

/**
 * @param held hashes of what is in memory, the most useful first.
 * @param names of what is kept for later visits; likewise.
 */
export function holdings(held: readonly string[], names: readonly string[], nameOf: (hash: string) => string): Holdings {
  const known = new Set(names);
  const have = held.filter((hash) => !known.has(nameOf(hash))).slice(0, MOST_HELD);
  const kept = names.slice(0, FIRST_KEPT);
  return {
    hello: {
      ...(have.length > 0 && { have: have.map(hexBytes) }),
      ...(kept.length > 0 && { kept: hexBytes(kept.join('')) }),
    },
    rest: names.slice(FIRST_KEPT),
  };
}

/** Names as `kept` takes them. */
export function keptMessages(names: readonly string[]): { readonly t: 'kept'; readonly hashes: Uint8Array }[] {
  return Array.from({ length: Math.ceil(names.length / MOST_KEPT) }, (_, i) => ({
    t: 'kept',
    hashes: hexBytes(names.slice(i * MOST_KEPT, (i + 1) * MOST_KEPT).join('')),
  }));
}
