/** Decoded content by its hash, shared by the tiles that use it, freed with the last of them. */
export interface ContentStore<T> {
  /** Adds content, or finds what is already there, and counts one use. */
  acquire(hash: string, make: () => T): T;
  get(hash: string): T | undefined;
  release(hash: string): void;
}

interface Held<T> {
  readonly content: T;
  uses: number;
}

export function createContentStore<T>(dispose: (content: T) => void): ContentStore<T> {
  const held = new Map<string, Held<T>>();
  return {
    acquire(hash, make) {
      let entry = held.get(hash);
      if (!entry) held.set(hash, (entry = { content: make(), uses: 0 }));
      entry.uses += 1;
      return entry.content;
    },
    get: (hash) => held.get(hash)?.content,
    release(hash) {
      const entry = held.get(hash);
      if (!entry) return;
      entry.uses -= 1;
      if (entry.uses > 0) return;
      held.delete(hash);
      dispose(entry.content);
    },
  };
}
