import { beforeEach, describe, expect, it } from 'vitest';

import { createCity, type City } from '../../src/city/city';
import { DISSOLVE_MS } from '../../src/city/dissolves';
import { decodeTile, type TileGeometry } from '../../src/city/decode';
import { parseGlb } from '../../src/protocol/glb';
import { createCityMaterials } from '../../src/city/material';
import { createUploadQueue, type UploadQueue } from '../../src/city/upload-queue';
import { createManualClock, type ManualClock } from '../../src/core/clock';
import type { Surroundings } from '../../src/city/surroundings';
import type { Place } from '../../src/protocol/messages';
import { potsdamLeaf } from '../fixtures/leaf';

const EYE = { x: 0, y: 0, z: 0 };

let queue: UploadQueue;
let city: City;
let credits: number[];
let evicted: number[];
let missing: number[];
let failures: string[];
let full: number;
let memoryBytes: number;
let clock: ManualClock;
let soft: boolean;
let decode: (content: Uint8Array) => TileGeometry;

function place(tile: number, parent: number, children: number[], more: Partial<Place> = {}): Place {
  return {
    t: 'place',
    tile,
    layer: 0,
    parent,
    level: 0,
    children,
    box: [100 * tile, 0, 0, 100 * tile + 10, 10, 10],
    translation: [0, 0, 0],
    hash: `${tile}`.padStart(32, '0'),
    encoding: 'identity',
    content: potsdamLeaf(),
    ...more,
  };
}

/** Lets decoding end, then uploads everything and swaps. */
async function arrive(): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve));
  queue.run(Infinity);
  return city.frame(EYE);
}

const shown = (): number[] => [...city.shown()].map((tile) => tile.place.tile).sort((a, b) => a - b);

beforeEach(() => {
  queue = createUploadQueue(createManualClock());
  credits = [];
  evicted = [];
  missing = [];
  failures = [];
  full = 0;
  memoryBytes = Infinity;
  clock = createManualClock();
  soft = false;
  decode = (content) => decodeTile(parseGlb(content));
  city = createCity({
    queue,
    decoder: {
      tile: async ({ encoding, content }) => (encoding === 'held' ? undefined : { ...decode(content), bitmaps: [] }),
      collider: () => Promise.reject(new Error('not here')),
      prepare: () => undefined,
      shelve: () => undefined,
      pending: 0,
    },
    materials: createCityMaterials({} as Surroundings),
    get memoryBytes() {
      return memoryBytes;
    },
    clock,
    soft: () => soft,
    sees: () => true,
    upload: () => undefined,
    uploadImage: () => undefined,
    credit: (bytes) => credits.push(bytes),
    evicted: (tiles) => evicted.push(...tiles),
    missing: (tile) => missing.push(tile),
    full: () => (full += 1),
    changed: () => undefined,
    failed: (message) => failures.push(message),
  });
});

describe('arrivals', () => {
  it('swap in one frame and give their bytes back', async () => {
    city.place(place(0, -1, [1, 2]));
    expect(await arrive()).toBe(true);
    city.place(place(1, 0, []));
    expect(await arrive()).toBe(false);
    city.place(place(2, 0, []));
    expect(await arrive()).toBe(true);
    expect(shown()).toEqual([1, 2]);
    expect(city.stats).toMatchObject({ tiles: 3, shown: 2, triangles: 2 * 1172 });
    expect(credits).toEqual([73_328, 73_328, 73_328]);
  });

  it('that can’t be read leave their parent on screen and say why', async () => {
    city.place(place(0, -1, [1]));
    await arrive();
    decode = () => {
      throw new Error('it is cut short');
    };
    city.place(place(1, 0, []));
    await arrive();
    expect(shown()).toEqual([0]);
    expect(failures).toEqual(["Tile 1 can't be shown: it is cut short."]);
    expect(credits).toHaveLength(2);
  });

  it('dropped while being decoded never come up', async () => {
    city.place(place(0, -1, [1]));
    city.place(place(1, 0, []));
    city.drop([1]);
    await arrive();
    expect(shown()).toEqual([0]);
    expect(city.stats.tiles).toBe(1);
  });

  it('of the same content are held once', async () => {
    city.place(place(0, -1, [], { hash: 'aa'.repeat(16) }));
    await arrive();
    const { bytes } = city.stats;
    city.place(place(1, -1, [], { hash: 'aa'.repeat(16) }));
    await arrive();
    expect(city.stats.bytes).toBe(bytes);
    city.drop([0]);
    expect(city.stats.bytes).toBe(bytes);
    city.drop([1]);
    expect(city.stats.bytes).toBe(0);
  });
});

it('a tile that comes with other content shows its parent until that is ready', async () => {
  city.place(place(0, -1, [1]));
  city.place(place(1, 0, []));
  await arrive();
  city.place(place(1, 0, [], { hash: 'bb'.repeat(16) }));
  expect(shown()).toEqual([0]);
  await arrive();
  expect(shown()).toEqual([1]);
});

describe('a change of level', () => {
  beforeEach(async () => {
    soft = true;
    city.place(place(0, -1, [1, 2]));
    await arrive();
  });

  const drawn = (): number => city.group.children.length;

  async function refine(): Promise<void> {
    for (const tile of [1, 2]) city.place(place(tile, 0, []));
    await arrive();
  }

  it('dissolves: both levels are drawn meanwhile, and what can be picked is the new one', async () => {
    expect(city.dissolving).toBe(false);
    await refine();
    expect([drawn(), city.stats.shown, city.stats.going]).toEqual([3, 2, 1]);
    expect(shown()).toEqual([1, 2]);
    clock.advance(DISSOLVE_MS);
    city.frame(EYE);
    expect([drawn(), city.dissolving]).toEqual([2, false]);
  });

  it('back to the coarse one keeps what the server took away until that has dissolved', async () => {
    await refine();
    clock.advance(DISSOLVE_MS);
    city.frame(EYE);
    const { bytes } = city.stats;
    city.drop([1, 2]);
    expect(shown()).toEqual([0]);
    expect([drawn(), city.stats.bytes]).toEqual([3, bytes]);
    clock.advance(DISSOLVE_MS);
    city.frame(EYE);
    expect([drawn(), city.stats.bytes]).toEqual([1, bytes / 3]);
  });

  it('in mid-change to and fro ends where it should, with nothing left behind', async () => {
    await refine();
    city.drop([1, 2]);
    await refine();
    city.drop([1]);
    clock.advance(DISSOLVE_MS);
    city.frame(EYE);
    expect([shown(), drawn(), city.dissolving]).toEqual([[0], 1, false]);
  });

  it('happens in one step where nothing may move', async () => {
    soft = false;
    await refine();
    expect([drawn(), city.dissolving]).toEqual([2, false]);
  });

  it('of the whole city ends with it when the city is placed anew', async () => {
    await refine();
    city.renew();
    city.place(place(0, -1, []));
    city.complete();
    await arrive();
    expect([shown(), drawn(), city.dissolving]).toEqual([[0], 1, false]);
  });
});

describe('a hidden tile', () => {
  const hidden = place(2, 0, [], { hidden: true, content: new Uint8Array() });

  beforeEach(async () => {
    city.place(place(0, -1, [1, 2]));
    await arrive();
    city.place(place(1, 0, []));
    city.begin(hidden);
    await arrive();
  });

  const drawn = (): number => city.group.children.length;

  it('lets its family be refined, and is no draw', () => {
    expect([shown(), drawn(), city.stats.tiles]).toEqual([[1], 1, 2]);
  });

  it('comes softly when its content has come, without the coarse level in between', async () => {
    soft = true;
    city.place({ ...hidden, content: potsdamLeaf() });
    city.frame(EYE);
    expect(shown()).toEqual([1]);
    await arrive();
    expect([shown(), drawn(), city.stats.going, city.dissolving]).toEqual([[1, 2], 2, 0, true]);
    clock.advance(DISSOLVE_MS);
    city.frame(EYE);
    expect([shown(), drawn(), city.dissolving]).toEqual([[1, 2], 2, false]);
  });

  it('dropped while it comes leaves nothing behind', async () => {
    soft = true;
    city.place({ ...hidden, content: potsdamLeaf() });
    await arrive();
    city.drop([1, 2]);
    clock.advance(DISSOLVE_MS);
    city.frame(EYE);
    expect([shown(), drawn(), city.stats.tiles]).toEqual([[0], 1, 1]);
  });

  it('dropped before it came asks for nothing', () => {
    city.drop([1, 2]);
    expect([shown(), evicted, failures]).toEqual([[0], [], []]);
  });

  it('is nothing that a layer lacks', () => {
    city.begin(place(3, 0, [], { hidden: true, layer: 1 }));
    expect([city.covers(2), city.covers(3)]).toEqual([true, false]);
  });
});

describe('memory', () => {
  it('over its cap gives up the farthest leaves and says so', async () => {
    city.place(place(0, -1, [1, 5]));
    city.place(place(1, 0, [2, 3]));
    city.place(place(5, 0, [6, 7]));
    for (const tile of [2, 3]) city.place(place(tile, 1, []));
    for (const tile of [6, 7]) city.place(place(tile, 5, []));
    await arrive();
    expect(shown()).toEqual([2, 3, 6, 7]);
    memoryBytes = city.stats.bytes - 1;
    city.frame(EYE);
    expect(evicted).toEqual([6, 7]);
    expect(full).toBe(1);
    expect(shown()).toEqual([2, 3, 5]);
  });
});

describe('after a reconnect', () => {
  const again = (tile: number, parent: number, children: number[]): Place =>
    place(tile, parent, children, { encoding: 'held', content: new Uint8Array(0) });

  it('the former city stays until the new one is complete, and held content is not sent again', async () => {
    city.place(place(0, -1, [1]));
    city.place(place(1, 0, []));
    await arrive();
    expect(city.held()).toHaveLength(2);
    credits.length = 0;
    city.renew();
    city.place(again(0, -1, [1]));
    await arrive();
    expect(shown()).toEqual([1]);
    city.place(again(1, 0, []));
    city.complete();
    await arrive();
    expect(shown()).toEqual([1]);
    expect(city.stats).toMatchObject({ tiles: 2, shown: 1 });
    expect(credits).toEqual([]);
  });

  it('the former city stays until the one made anew is complete, then all changes at once', async () => {
    city.place(place(1, -1, []));
    await arrive();
    const over: string[] = [];
    city.renew(() => over.push('made anew'));
    city.place(place(0, -1, [], { hash: 'f'.repeat(32), layer: 1 }));
    await arrive();
    expect(shown()).toEqual([1]);
    expect(over).toEqual([]);
    // The line is lost and comes back meanwhile.
    city.renew();
    city.place(place(0, -1, [], { hash: 'f'.repeat(32), layer: 1 }));
    await arrive();
    expect(shown()).toEqual([1]);
    city.complete();
    expect(await arrive()).toBe(true);
    expect([...city.shown()].map(({ place: { tile, layer } }) => [tile, layer])).toEqual([[0, 1]]);
    expect(over).toEqual(['made anew']);
    city.renew();
    city.complete();
    await arrive();
    expect(over).toEqual(['made anew']);
  });

  it('content that is missing is asked for, and the former city stays until it has come', async () => {
    city.place(place(0, -1, [1]));
    city.place(place(1, 0, []));
    await arrive();
    city.drop([1]);
    city.renew();
    city.place(again(0, -1, [1]));
    city.place(again(1, 0, []));
    city.complete();
    await arrive();
    expect(missing).toEqual([1]);
    expect(shown()).toEqual([0]);
    expect([city.decoding, city.coming()]).toEqual([1, [1]]);
    city.place(place(1, 0, []));
    await arrive();
    expect(shown()).toEqual([1]);
    expect([city.decoding, city.coming()]).toEqual([0, []]);
  });

  it('nobody asks for what is missing of a city that is no more', async () => {
    city.place(again(7, -1, []));
    city.renew();
    await arrive();
    expect(missing).toEqual([]);
  });

  it('what is nearest is named first', async () => {
    for (const tile of [3, 1, 2]) city.place(place(tile, -1, []));
    await arrive();
    expect(city.held().map(Number)).toEqual([1, 2, 3]);
  });
});
