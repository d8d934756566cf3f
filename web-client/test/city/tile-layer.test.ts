import { describe, expect, it } from 'vitest';

import { createTileLayer, type TileLayer, type TileNode } from '../../src/city/tile-layer';

/** A full tree of two children a tile, four levels. */
const NODES: TileNode[] = Array.from({ length: 15 }, (_, tile) => ({
  tile,
  parent: tile === 0 ? -1 : (tile - 1) >> 1,
  children: tile < 7 ? [2 * tile + 1, 2 * tile + 2] : [],
  box: [tile, 0, 0, tile, 0, 0],
}));
const LEAVES = NODES.filter(({ children }) => children.length === 0).map(({ tile }) => tile);

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** How many shown tiles stand on the way from a leaf to the root. */
function coverage(layer: TileLayer, leaf: number): number {
  let count = 0;
  for (let tile = leaf; ; tile = NODES[tile].parent) {
    if (layer.isShown(tile)) count += 1;
    if (NODES[tile].parent < 0) return count;
  }
}

function descendants(tile: number): number[] {
  return NODES[tile].children.flatMap((child) => [child, ...descendants(child)]);
}

describe('refinement replaces', () => {
  it('shows the parent until the last child is ready, then swaps in one step', () => {
    const layer = createTileLayer(() => true);
    layer.place(NODES[0]);
    layer.ready(0);
    expect(layer.cut().show).toEqual([0]);
    layer.place(NODES[1]);
    layer.place(NODES[2]);
    layer.ready(1);
    expect(layer.cut()).toEqual({ show: [], hide: [] });
    layer.ready(2);
    expect(layer.cut()).toEqual({ show: [1, 2], hide: [0] });
  });

  it('shows the parent again when children are dropped', () => {
    const layer = createTileLayer(() => true);
    for (const tile of [0, 1, 2]) {
      layer.place(NODES[tile]);
      layer.ready(tile);
    }
    layer.cut();
    layer.drop([1, 2]);
    expect(layer.cut()).toEqual({ show: [0], hide: [1, 2] });
  });

  it('jumps over a level that is not ready itself but whose children are', () => {
    const layer = createTileLayer(() => true);
    layer.place(NODES[0]);
    layer.ready(0);
    layer.cut();
    for (const tile of [1, 2, 3, 4]) layer.place(NODES[tile]);
    for (const tile of [2, 3, 4]) layer.ready(tile);
    expect([...layer.cut().show].sort()).toEqual([2, 3, 4]);
  });

  for (let seed = 1; seed <= 60; seed += 1) {
    it(`never a hole and never both, whatever comes (seed ${seed})`, () => {
      const next = random(seed);
      const layer = createTileLayer(() => true);
      const onScreen = new Set<number>();
      layer.place(NODES[0]);
      layer.ready(0);
      const pending: number[] = [];
      for (let step = 0; step < 200; step += 1) {
        const present = NODES.filter(({ tile }) => layer.has(tile));
        const parent = present[Math.floor(next() * present.length)];
        const chance = next();
        if (chance < 0.45) {
          for (const child of parent.children) {
            if (layer.has(child)) continue;
            layer.place(NODES[child]);
            pending.push(child);
          }
        } else if (chance < 0.85 && pending.length > 0) {
          layer.ready(pending.splice(Math.floor(next() * pending.length), 1)[0]);
        } else {
          const gone = descendants(parent.tile).filter((tile) => layer.has(tile));
          layer.drop(gone);
          for (const tile of gone) if (pending.includes(tile)) pending.splice(pending.indexOf(tile), 1);
        }
        const { show, hide } = layer.cut();
        for (const tile of hide) expect(onScreen.delete(tile)).toBe(true);
        for (const tile of show) onScreen.add(tile);
        for (const leaf of LEAVES) expect(coverage(layer, leaf)).toBe(1);
        for (const { tile } of NODES) expect(onScreen.has(tile)).toBe(layer.isShown(tile));
      }
    });
  }
});

describe('a hidden tile', () => {
  function refined(): TileLayer {
    const layer = createTileLayer(() => true);
    layer.place(NODES[0]);
    layer.ready(0);
    layer.cut();
    layer.place(NODES[1]);
    layer.place({ ...NODES[2], hidden: true });
    layer.ready(1);
    return layer;
  }

  it('counts as there, and nothing of it is shown', () => {
    const layer = refined();
    expect(layer.cut()).toEqual({ show: [1], hide: [0] });
    expect(layer.isShown(2)).toBe(false);
  });

  it('is shown when its content has come, and hides nothing', () => {
    const layer = refined();
    layer.cut();
    layer.ready(2);
    expect(layer.cut()).toEqual({ show: [2], hide: [] });
  });

  it('holds up its siblings where it is to be seen after all', () => {
    const layer = refined();
    layer.cut();
    layer.place(NODES[2]);
    expect(layer.cut()).toEqual({ show: [0], hide: [1] });
    layer.ready(2);
    expect(layer.cut()).toEqual({ show: [1, 2], hide: [0] });
  });

  it('is dropped with its family: the parent is shown again', () => {
    const layer = refined();
    layer.cut();
    layer.drop([1, 2]);
    expect(layer.cut()).toEqual({ show: [0], hide: [1] });
  });

  it('can be taken away with its family', () => {
    const layer = refined();
    expect(layer.replaceable()).toEqual([[1, 2]]);
  });
});

describe('a tile beside the picture', () => {
  it('holds up nobody, and its parent comes back where the viewer turns to it', () => {
    let seen = [0, 1, 2];
    const layer = createTileLayer(([tile]) => seen.includes(tile));
    layer.place(NODES[0]);
    layer.ready(0);
    layer.place(NODES[1]);
    layer.place(NODES[2]);
    layer.ready(1);
    expect(layer.cut().show).toEqual([0]);
    seen = [0, 1];
    expect(layer.cut()).toEqual({ show: [1], hide: [0] });
    seen = [0, 2];
    expect(layer.cut()).toEqual({ show: [0], hide: [1] });
    layer.ready(2);
    expect(layer.cut()).toEqual({ show: [1, 2], hide: [0] });
  });

  it('must have begun: what is unknown may be anywhere', () => {
    const layer = createTileLayer(() => false);
    layer.place(NODES[0]);
    layer.ready(0);
    layer.place(NODES[1]);
    layer.ready(1);
    expect(layer.cut().show).toEqual([0]);
  });
});

it('offers what is below a tile that only has begun together with it', () => {
  const layer = createTileLayer(() => true);
  for (const tile of [0, 1, 2, 3, 4]) layer.place(NODES[tile]);
  for (const tile of [0, 2, 3, 4]) layer.ready(tile);
  expect(layer.replaceable()).toEqual([[1, 3, 4, 2]]);
});

it('offers for eviction only sets whose parent can stand in', () => {
  const layer = createTileLayer(() => true);
  for (const tile of [0, 1, 2, 3, 4]) {
    layer.place(NODES[tile]);
    layer.ready(tile);
  }
  expect(layer.replaceable()).toEqual([[3, 4]]);
});
