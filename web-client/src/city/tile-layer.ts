/**
 * Which tiles are on screen: the logic of replacement, without any drawing.
 *
 * A parent is shown until all its children (or what stands for them) can be, then all change in one
 * step. So every place of a layer is covered once from its first ready tile on: never a hole,
 * never both. Only a child that nobody sees holds up nobody. Is it beside the picture, and the viewer
 * turns before it has come, the parent is shown again. Is it hidden behind other tiles, it counts as
 * there, as an empty one, until its content comes.
 */
export interface TileNode {
  readonly tile: number;
  readonly parent: number;
  readonly children: readonly number[];
  /** Scene frame. */
  readonly box: readonly number[];
  /** Whether nothing of it can be seen from where the viewer is. */
  readonly hidden?: boolean;
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
   * Sets of tiles that could be taken away and leave one above in their place: all present ones
   * below a ready one, where none in between is ready itself.
   */
  replaceable(): number[][];
  readonly size: number;
}

interface Entry extends TileNode {
  ready: boolean;
  /** Serial number of the last cut that showed it. */
  seen: number;
}

/** Whether it depends on where the viewer looks what is shown while it comes. */
function isAwaited({ ready, hidden }: Entry): boolean {
  return !ready && !hidden;
}

/** @param sees whether something in a box may be in the picture, as it is at the next `cut`. */
export function createTileLayer(sees: (box: readonly number[]) => boolean): TileLayer {
  const entries = new Map<number, Entry>();
  const shown = new Set<number>();
  const show: number[] = [];
  const hide: number[] = [];
  const changes: Cut = { show, hide };
  let serial = 0;
  let dirty = false;
  let unready = 0;

  function covered(entry: Entry | undefined): boolean {
    return entry !== undefined && (entry.ready || entry.hidden === true || childrenCover(entry) || !sees(entry.box));
  }

  function childrenCover(entry: Entry): boolean {
    if (entry.children.length === 0) return false;
    for (const child of entry.children) if (!covered(entries.get(child))) return false;
    return true;
  }

  /** All present tiles below; undefined where one of those in between could stand for its own. */
  function standingFor(entry: Entry): number[] | undefined {
    const found: number[] = [];
    for (const child of entry.children) {
      const below = entries.get(child);
      if (!below) continue;
      const deeper = standingFor(below);
      if (!deeper || (deeper.length > 0 && below.ready)) return undefined;
      found.push(child, ...deeper);
    }
    return found;
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
      if (known && isAwaited(known)) unready -= 1;
      const entry = { ...node, ready: known?.ready ?? false, seen: known?.seen ?? 0 };
      if (isAwaited(entry)) unready += 1;
      entries.set(node.tile, entry);
      dirty = true;
    },
    ready(tile) {
      const entry = entries.get(tile);
      if (!entry || entry.ready) return;
      if (isAwaited(entry)) unready -= 1;
      entry.ready = true;
      dirty = true;
    },
    drop(tiles) {
      for (const tile of tiles) {
        const entry = entries.get(tile);
        if (entry && isAwaited(entry)) unready -= 1;
        entries.delete(tile);
      }
      dirty = true;
    },
    cut() {
      show.length = 0;
      hide.length = 0;
      // While tiles are on their way, it depends on where the viewer looks.
      if (!dirty && unready === 0) return changes;
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
        const below = entry.ready ? standingFor(entry) : [];
        if (below && below.length > 0) sets.push(below);
      }
      return sets;
    },
    get size() {
      return entries.size;
    },
  };
}
