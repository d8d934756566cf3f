import { Mesh, Scene, Vector3 } from 'three';
import { expect, it } from 'vitest';

import type { Tile } from '../../src/city/city';
import { decodeTile } from '../../src/city/decode';
import { createCityMaterials } from '../../src/city/material';
import type { Surroundings } from '../../src/city/surroundings';
import { createContent, createTileMesh } from '../../src/city/tile-mesh';
import { doorPlaces } from '../../src/doors/door-mesh';
import { createDoors, type Doors } from '../../src/doors/doors';
import { parseGlb } from '../../src/protocol/glb';
import { copiedTile } from '../fixtures/copies';
import { potsdamLeaf } from '../fixtures/leaf';

const FAR = 1000;
const FRAME_S = 1 / 60;

/** A tile of which all features are doors. */
function doorTile(bytes: Uint8Array): Tile {
  const { images: _, table, ...source } = decodeTile(parseGlb(bytes));
  const className = { label: '', property: { type: 'STRING', default: 'InteriorDoor' }, values: undefined, offsets: undefined, offsetBytes: 4 } as const;
  const materials = createCityMaterials({} as Surroundings);
  const content = createContent({ ...source, table: { count: table!.count, columns: { ...table!.columns, class: className } }, bitmaps: [] }, materials);
  const box = [-FAR, -FAR, -FAR, FAR, FAR, FAR];
  const mesh = createTileMesh(content, materials, [0, 0, 0], box);
  const place = { t: 'place', tile: 1, layer: 0, parent: -1, level: 0, children: [], box, translation: [0, 0, 0], hash: 'a', encoding: 'identity', content: new Uint8Array() } as const;
  return { place, content, mesh, look: { coat: materials, kept: undefined, pickedRow: -1 } };
}

interface House {
  readonly doors: Doors;
  readonly scene: Scene;
  readonly feet: Vector3;
  /** How many frames something moves for. */
  settle(): number;
}

function house(tile: Tile, isSoft = true): House {
  const scene = new Scene();
  const feet = new Vector3();
  const doors = createDoors({
    stage: { scene },
    city: { shown: () => [tile] },
    body: { walker: { feet } },
    modes: { orbiting: false },
    soft: () => isSoft,
  } as unknown as Parameters<typeof createDoors>[0]);
  function settle(): number {
    let frames = 0;
    while (doors.frame(FRAME_S) && frames < 200) frames += 1;
    return frames;
  }
  return { doors, scene, feet, settle };
}

/** Two doors of one shape, 2 m wide; the first stands along x from the origin, the second far away. */
const PAIR = copiedTile([{ place: [0, 0, 0], row: 0 }, { place: [30, 0, 0], row: 1 }], ['a', 'b']);

it('a door opens for who comes near and closes behind, and is a part of its tile again', () => {
  const tile = doorTile(PAIR);
  const { matrices } = tile.content.copies[0];
  const before = Array.from(matrices.array);
  const { doors, scene, feet, settle } = house(tile);
  feet.set(1, 0, 6);
  settle();
  expect(doors.open).toBe(0);
  feet.set(1, 0, 1.2);
  expect(settle()).toBeGreaterThan(20);
  expect([doors.open, scene.children.length]).toEqual([1, 1]);
  expect(Array.from(matrices.array.subarray(0, 16))).toEqual(new Array(16).fill(0));
  expect(Array.from(matrices.array.subarray(16))).toEqual(before.slice(16));
  feet.set(1, 0, -6);
  expect(settle()).toBeGreaterThan(20);
  expect([doors.open, scene.children.length]).toEqual([0, 0]);
  expect(Array.from(matrices.array)).toEqual(before);
});

it.each([1, -1])('it swings away from who comes (from side %i)', (side) => {
  const { scene, feet, settle } = house(doorTile(PAIR));
  feet.set(1, 0, side);
  settle();
  const drawn = scene.children[0] as Mesh;
  const position = drawn.geometry.getAttribute('position');
  const depths = Array.from({ length: position.count }, (_, i) => -side * (position.getZ(i) + drawn.position.z));
  expect(Math.max(...depths)).toBeGreaterThan(1.9);
  expect(Math.min(...depths)).toBeGreaterThan(-0.01);
});

it('who wants less motion sees it open at once', () => {
  const { doors, feet, settle } = house(doorTile(PAIR), false);
  feet.set(1, 0, 1);
  expect(settle()).toBe(0);
  expect(doors.open).toBe(1);
});

it('a door on another storey stays closed', () => {
  const { doors, feet, settle } = house(doorTile(PAIR));
  feet.set(1, 3, 1);
  settle();
  expect(doors.open).toBe(0);
});

it('a door among other triangles leaves them as they are', () => {
  const tile = doorTile(potsdamLeaf());
  const { features } = tile.content.source;
  const index = tile.content.geometry.index!.array;
  const before = Array.from(index);
  const [{ middle, width }] = doorPlaces(tile, new Set([3]));
  expect(width).toBeGreaterThan(1);
  const { feet, settle } = house(tile);
  feet.copy(middle);
  settle();
  const changed = before.flatMap((corner, i) => (index[i] === corner ? [] : [features[2 * before[i - (i % 3)]]]));
  expect(changed).toContain(3);
  feet.set(FAR / 2, 0, FAR / 2);
  settle();
  expect(Array.from(index)).toEqual(before);
});
