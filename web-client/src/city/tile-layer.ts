/**
 * Which tiles are on screen: the logic of replacement, without any drawing.
 *
 * A parent is shown until all its children (or what stands for them) can be, then all change in one
 * step. So every place of a layer is covered once from its first ready tile on: never a hole,
 * never both.
 */
export interface TileNode {
  readonly tile: number;
  readonly parent: number;
  readonly children: readonly number[];
}

export interface Cut {
  readonly show: readonly number[];
  readonly hide: readonly number[];
}

export interface TileLayer {
  place(node: TileNode): void;
  /** The tile's content can be drawn from now on. */
  ready(tile: number): void;
  drop(tiles: readonly number[]): void;
  /** What changes on screen; call once a frame. The lists are reused by the next call. */
  cut(): Cut;
  has(tile: number): boolean;
  isShown(tile: number): boolean;
  /**
   * Sets of tiles that could be taken away and leave their parent in their place: all present
   * children of a ready parent, none of which has children itself.
   */
  replaceable(): number[][];
  readonly size: number;
}

interface Entry extends TileNode {
  ready: boolean;
  /** Serial number of the last cut that showed it. */
  seen: number;
}

export function createTileLayer(): TileLayer {
  const entries = new Map<number, Entry>();
  const shown = new Set<number>();
  const show: number[] = [];
  const hide: number[] = [];
  const changes: Cut = { show, hide };
  let serial = 0;
  let dirty = false;

  function covered(entry: Entry | undefined): boolean {
    return entry !== undefined && (entry.ready || childrenCover(entry));
  }

  function childrenCover(entry: Entry): boolean {
    if (entry.children.length === 0) return false;
    for (const child of entry.children) if (!covered(entries.get(child))) return false;
    return true;
  }

  function visit(entry: Entry): void {
    if (childrenCover(entry)) {
      for (const child of entry.children) visit(entries.get(child)!);
    } else if (entry.ready) {
      entry.seen = serial;
      if (!shown.has(entry.tile)) {
        shown.add(entry.tile);
        show.push(entry.tile);
      }
    }
  }

  return {
    place(node) {
      const known = entries.get(node.tile);
      entries.set(node.tile, {
        ...node,
        ready: known?.ready ?? false,
        seen: known?.seen ?? 0,
      });
      dirty = true;
    },
    ready(tile) {
      const entry = entries.get(tile);
      if (!entry || entry.ready) return;
      entry.ready = true;
      dirty = true;
    },
    drop(tiles) {
      for (const tile of tiles) entries.delete(tile);
      dirty = true;
    },
    cut() {
      show.length = 0;
      hide.length = 0;
      if (!dirty) return changes;
      dirty = false;
      serial += 1;
      for (const entry of entries.values()) if (entry.parent < 0) visit(entry);
      for (const tile of shown) {
        if (entries.get(tile)?.seen === serial) continue;
        shown.delete(tile);
        hide.push(tile);
      }
      return changes;
    },
    has: (tile) => entries.has(tile),
    isShown: (tile) => shown.has(tile),
    replaceable() {
      const sets: number[][] = [];
      for (const entry of entries.values()) {
        if (!entry.ready) continue;
        const present = entry.children.filter((child) => entries.has(child));
        const inner = present.some((child) =>
          entries.get(child)!.children.some((grandchild) => entries.has(grandchild)),
        );
        if (present.length > 0 && !inner) sets.push(present);
      }
      return sets;
    },
    get size() {
      return entries.size;
    },
  };
}
