/** The shelf's disk: an IndexedDB database of this origin, which pages without TLS have, too. */
import type { Disk, Use } from './shelf';
import type { Shelved } from './waiting';

const NAME = 'citiverse';
const VERSION = 1;
const CONTENTS = 'contents';
const USES = 'uses';

export async function openDisk(factory: IDBFactory): Promise<Disk> {
  const request = factory.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(CONTENTS);
    request.result.createObjectStore(USES, { keyPath: 'hash' });
  };
  const database = await answer(request);
  // Another tab wants to make it anew, or to be rid of it.
  database.onversionchange = () => database.close();

  async function change(work: (contents: IDBObjectStore, uses: IDBObjectStore) => void): Promise<void> {
    const transaction = database.transaction([CONTENTS, USES], 'readwrite', { durability: 'relaxed' });
    work(transaction.objectStore(CONTENTS), transaction.objectStore(USES));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error('not written'));
    });
  }

  return {
    async read(hash) {
      const found: unknown = await answer(database.transaction(CONTENTS).objectStore(CONTENTS).get(hash));
      return isContent(found) ? { hash, ...found } : undefined;
    },
    write: (entries, usedMs) =>
      change((contents, uses) => {
        for (const { hash, encoding, content } of entries) {
          contents.put({ encoding, content }, hash);
          uses.put({ hash, size: content.byteLength, usedMs } satisfies Use);
        }
      }),
    touch: (touched) =>
      change((_, uses) => {
        for (const use of touched) uses.put(use);
      }),
    remove: (hashes) =>
      change((contents, uses) => {
        for (const hash of hashes) {
          contents.delete(hash);
          uses.delete(hash);
        }
      }),
    uses: () => answer<Use[]>(database.transaction(USES).objectStore(USES).getAll()),
  };
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('no answer'));
  });
}

function isContent(value: unknown): value is Omit<Shelved, 'hash'> {
  const { encoding, content } = (value ?? {}) as Partial<Shelved>;
  return (encoding === 'gzip' || encoding === 'identity') && content instanceof Uint8Array;
}
