/** How much of the disk is taken: a share of what the browser lends, and never much. */
const MIB = 1024 * 1024;
const MOST_BYTES = 256 * MIB;
/** Where the browser doesn't say (pages without TLS). */
const UNTOLD_BYTES = 64 * MIB;
const SHARE = 0.1;

export async function room(): Promise<number> {
  const storage = navigator.storage as StorageManager | undefined;
  const { quota } = (await storage?.estimate()) ?? {};
  return quota === undefined ? UNTOLD_BYTES : Math.min(MOST_BYTES, SHARE * quota);
}
