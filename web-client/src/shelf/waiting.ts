/** Content that is to be kept, until there is time to write it down. */
import type { Encoding } from '../protocol/messages';

export interface Shelved {
  readonly hash: string;
  readonly encoding: Encoding;
  /** As it came. */
  readonly content: Uint8Array<ArrayBuffer>;
}

/** Beyond this it isn't kept. */
const MOST_BYTES = 48 * 1024 * 1024;

export interface Waiting {
  put(entry: Shelved): void;
  find(hash: string): Shelved | undefined;
  /** The first that came, of about so many bytes; at least one where any waits. */
  first(bytes: number): readonly Shelved[];
  /** Away with so many. */
  shift(count: number): void;
}

export function createWaiting(): Waiting {
  let entries: Shelved[] = [];
  let bytes = 0;
  return {
    put(entry) {
      if (bytes + entry.content.byteLength > MOST_BYTES) return;
      entries.push(entry);
      bytes += entry.content.byteLength;
    },
    find: (hash) => entries.find((entry) => entry.hash === hash),
    first(most) {
      let sum = 0;
      const end = entries.findIndex(({ content }) => (sum += content.byteLength) > most);
      return end < 0 ? entries : entries.slice(0, Math.max(1, end));
    },
    shift(count) {
      for (const { content } of entries.slice(0, count)) bytes -= content.byteLength;
      entries = entries.slice(count);
    },
  };
}
