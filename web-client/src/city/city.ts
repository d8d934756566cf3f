/**
 * The city on screen: takes `place` and `drop`, decodes, uploads within a budget, swaps.
 *
 * After a reconnect, or where the city has been made anew, the server places everything anew (content
 * still held is not sent again); the former city stays on screen until the new one is complete.
 */
import { Group, type Texture } from 'three';

import type { Place } from '../protocol/messages';
import { createContentStore, hashBytes } from './content-store';
import type { Decoder } from './decoder';
import { createTileLayer, type TileLayer } from './tile-layer';
import type { CityMaterials } from './material';
import { createContent, createTileMesh, type TileContent, type TileMesh } from './tile-mesh';
import type { UploadQueue } from './upload-queue';

export interface CityOptions {
  /** Run by the frame loop, before `frame`. */
  readonly queue: UploadQueue;
  readonly decoder: Decoder;
  readonly materials: CityMaterials;
  readonly memoryBytes: number;
  /** Puts a mesh's buffers on the graphics card without showing it. */
  readonly upload: (mesh: TileMesh, textures: readonly Texture[]) => void;
  readonly credit: (bytes: number) => void;
  readonly evicted: (tiles: number[]) => void;
  /** Memory is at its cap: less detail is shown than was sent. */
  readonly full: () => void;
  /** Something can be drawn that couldn't before. */
  readonly changed: () => void;
  readonly failed: (message: string) => void;
}

/** A place of the world frame, metres. */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** A tile whose content has arrived. */
export interface Tile {
  readonly place: Place;
  readonly content: TileContent;
  readonly mesh: TileMesh;
}

export interface CityStats {
  readonly tiles: number;
  readonly shown: number;
  readonly triangles: number;
  readonly bytes: number;
}

export interface City {
  readonly group: Group;
  place(message: Place): void;
  drop(tiles: readonly number[]): void;
  /** The server places everything anew: keep the picture until `complete`, then call `over`. */
  renew(over?: () => void): void;
  complete(): void;
  /** Swaps what has become ready; true where the picture changed. */
  frame(eye: Point): boolean;
  shown(): Iterable<Tile>;
  held(): Uint8Array[];
  /** How many tiles are being decoded. */
  readonly decoding: number;
  /** Whether every layer of `layers` shows something. */
  covers(layers: number): boolean;
  /** Tiles ready to draw. */
  readonly ready: number;
  readonly stats: CityStats;
}

/** Most hashes that `have` takes (docs/contract/protocol.md). */
const MOST_HELD = 4096;

interface Generation {
  readonly layer: TileLayer;
  readonly tiles: Map<number, Tile>;
  /** Hash of the content each placed tile waits for or has. */
  readonly placed: Map<number, Place>;
}

export function createCity(options: CityOptions): City {
  const group = new Group();
  group.matrixWorldAutoUpdate = false;
  const { queue } = options;
  let bytes = 0;
  let decoding = 0;
  let triangles = 0;
  const store = createContentStore<TileContent>((content) => {
    bytes -= content.source.bytes;
    content.geometry.dispose();
    content.photos?.dispose();
  });
  let current = createGeneration();
  let former: Generation | undefined;
  let completed = false;
  let changedOver: (() => void) | undefined;

  function createGeneration(): Generation {
    return { layer: createTileLayer(), tiles: new Map(), placed: new Map() };
  }

  function arrive(generation: Generation, message: Place, content: TileContent): void {
    const mesh = createTileMesh(content, options.materials, message.translation, message.box);
    mesh.visible = false;
    generation.tiles.set(message.tile, { place: message, content, mesh });
    options.upload(mesh, content.photos?.textures ?? []);
    generation.layer.ready(message.tile);
  }

  /** Whether the tile is still wanted with this content. */
  function wanted(generation: Generation, message: Place): boolean {
    const alive = generation === current || generation === former;
    return alive && generation.placed.get(message.tile) === message;
  }

  function place(message: Place): void {
    const generation = current;
    const before = generation.placed.get(message.tile);
    // Other content for a tile: away with the former first, so that its parent stands in meanwhile.
    if (before && before.hash !== message.hash) drop(generation, [message.tile]);
    generation.layer.place(message);
    if (before?.hash === message.hash) return consumed(message);
    generation.placed.set(message.tile, message);
    if (store.get(message.hash)) {
      const content = store.acquire(message.hash, () => store.get(message.hash)!);
      queue.add(() => {
        if (wanted(generation, message)) arrive(generation, message, content);
        else store.release(message.hash);
      });
      return consumed(message);
    }
    // The server believed a former promise to hold it; it may send the tile again.
    if (message.encoding === 'held') {
      drop(generation, [message.tile]);
      return options.evicted([message.tile]);
    }
    decoding += 1;
    const size = message.content.byteLength;
    void options.decoder
      .tile(message.encoding, message.content)
      .then(
        (source) => {
          queue.add(() => {
            if (!wanted(generation, message)) return;
            const content = store.acquire(message.hash, () => {
              bytes += source.bytes;
              return createContent(source, options.materials);
            });
            arrive(generation, message, content);
          });
        },
        (error: Error) => options.failed(`Tile ${message.tile} can't be shown: ${error.message}.`),
      )
      .finally(() => {
        decoding -= 1;
        options.credit(size);
        options.changed();
      });
  }

  function consumed({ content }: Place): void {
    if (content.byteLength > 0) options.credit(content.byteLength);
    options.changed();
  }

  function forget(generation: Generation, tile: number): void {
    generation.placed.delete(tile);
    const known = generation.tiles.get(tile);
    if (!known) return;
    generation.tiles.delete(tile);
    if (known.mesh.visible) triangles -= triangleCount(known);
    group.remove(known.mesh);
    store.release(known.place.hash);
  }

  function drop(generation: Generation, tiles: readonly number[]): void {
    generation.layer.drop(tiles);
    swap(generation);
    for (const tile of tiles) forget(generation, tile);
  }

  /** While a former city stands in, the new one gathers unseen. */
  function swap(generation: Generation): boolean {
    if (former) return false;
    const { show, hide } = generation.layer.cut();
    for (const tile of show) setVisible(generation.tiles.get(tile), true);
    for (const tile of hide) setVisible(generation.tiles.get(tile), false);
    return show.length + hide.length > 0;
  }

  function setVisible(tile: Tile | undefined, visible: boolean): void {
    if (!tile || tile.mesh.visible === visible) return;
    tile.mesh.visible = visible;
    triangles += visible ? triangleCount(tile) : -triangleCount(tile);
    if (visible) group.add(tile.mesh);
    else group.remove(tile.mesh);
  }

  function relieve(eye: Point): void {
    if (bytes <= options.memoryBytes) return;
    const distance = (tiles: number[]): number => {
      let nearest = Infinity;
      for (const tile of tiles) {
        const box = current.placed.get(tile)?.box;
        if (box) nearest = Math.min(nearest, boxDistance(box, eye));
      }
      return nearest;
    };
    const sets = current.layer.replaceable().sort((a, b) => distance(b) - distance(a));
    const gone: number[] = [];
    for (const set of sets) {
      if (bytes <= options.memoryBytes) break;
      drop(current, set);
      gone.push(...set);
    }
    if (gone.length === 0) return;
    options.evicted(gone);
    options.full();
  }

  return {
    group,
    place,
    drop: (tiles) => drop(current, tiles),
    renew(over) {
      changedOver = over ?? changedOver;
      if (former) discard(current);
      else former = current;
      current = createGeneration();
      completed = false;
    },
    complete() {
      completed = true;
      options.changed();
    },
    frame(eye) {
      if (former && completed && decoding === 0 && queue.size === 0) {
        discard(former);
        former = undefined;
        changedOver?.();
        changedOver = undefined;
      }
      relieve(eye);
      return swap(current);
    },
    *shown() {
      for (const tile of (former ?? current).tiles.values()) if (tile.mesh.visible) yield tile;
    },
    held: () => store.hashes().slice(0, MOST_HELD).map(hashBytes),
    get decoding() {
      return decoding;
    },
    covers(layers) {
      const seen = new Set<number>();
      for (const { mesh, place: { layer } } of current.tiles.values()) if (mesh.visible) seen.add(layer);
      return layers > 0 && seen.size >= layers;
    },
    get ready() {
      return current.tiles.size;
    },
    get stats() {
      return { tiles: current.tiles.size, shown: group.children.length, triangles, bytes };
    },
  };

  function discard(generation: Generation): void {
    for (const tile of [...generation.placed.keys()]) forget(generation, tile);
  }
}

function triangleCount(tile: Tile): number {
  return tile.content.source.indices.length / 3;
}

/** Distance from a point of the world frame to a box of the scene frame, metres. */
function boxDistance(box: readonly number[], { x, y, z }: Point): number {
  const dx = Math.max(box[0] - x, 0, x - box[3]);
  const dy = Math.max(box[2] - y, 0, y - box[5]);
  const dz = Math.max(-box[4] - z, 0, z + box[1]);
  return Math.hypot(dx, dy, dz);
}
