/** Asks for content that should have been held and wasn't, gathered: an emptied store lacks much at once. */
import type { ClientMessage, Collider } from '../protocol/messages';

const GATHER_MS = 30;
/** Tiles or cells in one message, far below its longest. */
const MOST = 1000;

export type Missing = Extract<ClientMessage, { t: 'missing' }>;

export interface MissingOptions {
  readonly send: (message: Missing) => void;
  readonly after: (ms: number, run: () => void) => void;
  /** Of the scene whose tiles come now. */
  readonly revision: () => number;
}

export interface MissingList {
  tile(tile: number): void;
  cell(cell: Pick<Collider, 'layer' | 'cell'>): void;
}

export function createMissing({ send, after, revision }: MissingOptions): MissingList {
  let tiles: number[] = [];
  let cells: (readonly [number, number, number])[] = [];
  let gatheredFor = 0;
  let isWaiting = false;

  function flush(): void {
    isWaiting = false;
    if (gatheredFor === revision()) {
      for (let at = 0; at < Math.max(tiles.length, cells.length); at += MOST) {
        const part = { tiles: tiles.slice(at, at + MOST), cells: cells.slice(at, at + MOST) };
        send({ t: 'missing', ...part, revision: gatheredFor });
      }
    }
    tiles = [];
    cells = [];
  }

  function gather(): void {
    if (gatheredFor !== revision()) {
      // What was of a former scene is of no use any more.
      tiles = [];
      cells = [];
      gatheredFor = revision();
    }
    if (isWaiting) return;
    isWaiting = true;
    after(GATHER_MS, flush);
  }

  return {
    tile(tile) {
      gather();
      tiles.push(tile);
    },
    cell({ layer, cell: [i, j] }) {
      gather();
      cells.push([layer, i, j]);
    },
  };
}
