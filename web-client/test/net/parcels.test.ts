import { beforeEach, describe, expect, it } from 'vitest';

import { owed } from '../../src/net/credit';
import { createParcels, type Parcels } from '../../src/net/parcels';
import type { Collider, Place } from '../../src/protocol/messages';

const CONTENT = Uint8Array.from({ length: 10 }, (_, i) => i);
const PLACE = { t: 'place', tile: 4, layer: 0, parent: -1, level: 0, children: [], box: [0, 0, 0, 1, 1, 1], translation: [0, 0, 0], hash: 'a', encoding: 'identity' } as const;
const CELL = { t: 'collider', cell: [1, -2], layer: 3, layers: [3], translation: [0, 0, 0], hash: 'b', encoding: 'identity' } as const;

let parcels: Parcels;
let returned: number[];

const begun = (parcel: number, tile = 4): Place => ({ ...PLACE, tile, content: CONTENT.slice(0, 4), parcel, size: 10 });
const part = (parcel: number, start: number, stop: number) => ({ t: 'part', parcel, content: CONTENT.slice(start, stop) }) as const;

beforeEach(() => {
  returned = [];
  parcels = createParcels((bytes) => returned.push(bytes));
});

describe('content in pieces', () => {
  it('is handed over when it is whole, and returned piece by piece', () => {
    expect(parcels.take(begun(1))).toEqual({ t: 'begun', place: begun(1) });
    expect(parcels.take(part(1, 4, 7))).toBeUndefined();
    const place = parcels.take(part(1, 7, 10)) as Place;
    expect(place.content).toEqual(CONTENT);
    expect(returned).toEqual([4, 3]);
    expect(owed(place)).toBe(3);
  });

  it('of several tiles may be mixed', () => {
    parcels.take(begun(1));
    parcels.take(begun(2, 5));
    expect((parcels.take(part(2, 4, 10)) as Place).tile).toBe(5);
    expect((parcels.take(part(1, 4, 10)) as Place).tile).toBe(4);
  });

  it('that comes whole passes as it is', () => {
    const place: Place = { ...PLACE, content: CONTENT };
    expect(parcels.take(place)).toBe(place);
    expect(owed(place)).toBe(10);
    expect(returned).toEqual([]);
  });

  it('of what is dropped is forgotten, and what still comes of it returned', () => {
    const cell: Collider = { ...CELL, content: CONTENT.slice(0, 4), parcel: 3, size: 10 };
    parcels.take(begun(1));
    parcels.take(begun(2, 5));
    parcels.take(cell);
    parcels.take({ t: 'drop', tiles: [4] });
    parcels.take({ t: 'drop_colliders', cells: [[3, 1, -2]] });
    returned.length = 0;
    expect(parcels.take(part(1, 4, 10))).toBeUndefined();
    expect(parcels.take(part(3, 4, 10))).toBeUndefined();
    expect(returned).toEqual([6, 6]);
    expect(parcels.take(part(2, 4, 10))).toBeDefined();
  });

  it('is forgotten when the city is made anew or the line is lost', () => {
    parcels.take(begun(1));
    parcels.take({ t: 'scene', revision: 1, manifest: {} as never });
    expect(parcels.take(part(1, 4, 10))).toBeUndefined();
    parcels.take(begun(2));
    parcels.clear();
    expect(parcels.take(part(2, 4, 10))).toBeUndefined();
  });

  it('never fills more than it said', () => {
    parcels.take(begun(1));
    expect(parcels.take({ t: 'part', parcel: 1, content: new Uint8Array(7) })).toBeUndefined();
    expect(returned).toEqual([4, 7]);
  });
});
