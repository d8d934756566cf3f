/** The shelf of this browser. Loaded when there is something to take from it, or time to fill it. */
import { openDisk } from './disk';
import { room } from './room';
import { sha256 } from './sha256';
import { createShelf, type Change, type Shelf } from './shelf';
import type { Waiting } from './waiting';

export function openShelf(waiting: Waiting, changed: (change: Change) => void): Shelf {
  return createShelf({ open: () => openDisk(indexedDB), room, sha256, waiting, visitMs: Date.now(), changed });
}
