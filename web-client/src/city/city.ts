/**
 * The city on screen: takes `place` and `drop`, decodes, uploads within a budget, swaps.
 *
 * After a reconnect, or where the city has been made anew, the server places everything anew (content
 * still held is not sent again); the former city stays on screen until the new one is complete.
 */
import type { Group, Texture } from 'three';

import type { Clock } from '../core/clock';
import { owed } from '../net/credit';
import type { Place } from '../protocol/messages';
import { createContentStore } from './content-store';
import type { Decoder } from './decoder';
import { createDrawnTiles } from './drawn-tiles';
import { createTileLayer, type TileLayer } from './tile-layer';
import type { CityMaterials } from './material';
import { createContent, createTileMesh, type Look, type TileContent, type TileMesh } from './tile-mesh';
import type { UploadQueue } from './upload-queue';
import { NOTHING_AWAY, type Away } from '../variants/away';

export interface CityOptions {
  /** Run by the frame loop, before `frame`. */
  readonly queue: UploadQueue;
  readonly decoder: Decoder;
  readonly materials: CityMaterials;
  readonly memoryBytes: number;
  /** The page's time. */
  readonly clock: Clock;
  /** Whether a change of level may take a moment to watch. */
  readonly soft: () => boolean;
  /** Whether something in this box of the scene frame may be in the picture. */
  readonly sees: (box: readonly number[]) => boolean;
  /** Puts a mesh's buffers, or an image, on the graphics card without showing it. */
  readonly upload: (mesh: TileMesh) => void;
  readonly uploadImage: (image: Texture) => void;
  readonly credit: (bytes: number) => void;
  /** Given up, with everything below them, as memory is at its cap. */
  readonly evicted: (tiles: number[]) => void;
  /** The tile should be held, and isn't: its content has to come. */
  readonly missing: (tile: number) => void;
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
  look: Look;
}

export interface CityStats {
  readonly tiles: number;
  readonly shown: number;
  readonly triangles: number;
  readonly bytes: number;
  /** How many tiles are drawn until others have taken their place. */
  readonly going: number;
}

export interface City {
  readonly group: Group;
  place(message: Place): void;
  /** The tile will come: until then, it holds up its siblings only where it is in the picture and not hidden. */
  begin(message: Place): void;
  drop(tiles: readonly number[]): void;
  /** The server places everything anew: keep the picture until `complete`, then call `over`. */
  renew(over?: () => void): void;
  complete(): void;
  /** Swaps what has become ready; true where the picture changed. */
  frame(eye: Point): boolean;
  shown(): Iterable<Tile>;
  /** Grows whenever other tiles are shown. */
  readonly changes: number;
  /** From now on this isn't there, and all else is. */
  leaveOut(away: Away): void;
  /** Ends all changes of level that are under way; false where none is. */
  rest(): boolean;
  /** Whether one level is dissolving into another. */
  readonly dissolving: boolean;
  /** Hashes of all content that need not be sent again, nearest to the eye first. */
  held(): string[];
  /** How many tiles are being decoded, or come again. */
  readonly decoding: number;
  /** Tiles that have been placed and can't be drawn yet. */
  coming(): number[];
  isComing(tile: number): boolean;
  /** Whether every layer of `layers` shows something. */
  covers(layers: number): boolean;
  /** Tiles ready to draw. */
  readonly ready: number;
  readonly stats: CityStats;
}

interface Generation {
  readonly layer: TileLayer;
  readonly tiles: Map<number, Tile>;
  /** Hash of the content each placed tile waits for or has. */
  readonly placed: Map<number, Place>;
  /** Tiles that were said to be held, and weren't: their content comes again. */
  readonly lacking: Set<number>;
  /** Layer of each tile that is there without content, as nothing of it can be seen. */
  readonly hidden: Map<number, number>;
}

export function createCity(options: CityOptions): City {
  const { queue, materials } = options;
  let bytes = 0;
  let decoding = 0;
  const store = createContentStore<TileContent>((content) => {
    bytes -= content.source.bytes;
    content.geometry.dispose();
    content.photos?.dispose();
  });
  let lastEye: Point = { x: 0, y: 0, z: 0 };
  let current = createGeneration();
  let former: Generation | undefined;
  let away = NOTHING_AWAY;
  let completed = false;
  let changedOver: (() => void) | undefined;

  function createGeneration(): Generation {
    return { layer: createTileLayer(options.sees), tiles: new Map(), placed: new Map(), lacking: new Set(), hidden: new Map() };
  }

  const drawn = createDrawnTiles({ ...options, gone: ({ place: { hash } }) => store.release(hash) });

  /** One step after the other, each a job of its own: none should fill a frame. */
  function arrive(generation: Generation, message: Place, content: TileContent): void {
    const mesh = createTileMesh(content, materials, message.translation, message.box);
    mesh.visible = false;
    for (const image of content.photos?.textures ?? []) {
      queue.add(() => {
        if (wanted(generation, message)) options.uploadImage(image);
      });
    }
    queue.add(() => {
      if (!wanted(generation, message)) return store.release(message.hash);
      away.change(content, message.layer);
      options.upload(mesh);
      const look = { coat: materials, kept: undefined, pickedRow: -1 };
      generation.tiles.set(message.tile, { place: message, content, mesh, look });
      generation.layer.ready(message.tile);
    });
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
    const lacked = generation.lacking.delete(message.tile);
    if (before?.hash === message.hash && !lacked) return consumed(message);
    generation.placed.set(message.tile, message);
    generation.hidden.delete(message.tile);
    if (store.get(message.hash)) {
      const content = store.acquire(message.hash, () => store.get(message.hash)!);
      queue.add(() => {
        if (wanted(generation, message)) arrive(generation, message, content);
        else store.release(message.hash);
      });
      return consumed(message);
    }
    decoding += 1;
    const size = owed(message);
    void options.decoder
      .tile(message)
      .then(
        (source) => {
          if (!source) return lack(generation, message);
          queue.add(() => {
            if (!wanted(generation, message)) return;
            const content = store.acquire(message.hash, () => {
              bytes += source.bytes;
              return createContent(source, materials);
            });
            arrive(generation, message, content);
          });
        },
        (error: Error) => {
          // Nobody waits for it any more.
          if (wanted(generation, message)) generation.placed.delete(message.tile);
          options.failed(`Tile ${message.tile} can't be shown: ${error.message}.`);
        },
      )
      .finally(() => {
        decoding -= 1;
        options.credit(size);
        options.changed();
      });
  }

  function lack(generation: Generation, message: Place): void {
    if (generation !== current || !wanted(generation, message)) return;
    generation.lacking.add(message.tile);
    options.missing(message.tile);
  }

  function consumed(message: Place): void {
    if (message.encoding !== 'held') options.credit(owed(message));
    options.changed();
  }

  function forget(generation: Generation, tile: number): void {
    generation.placed.delete(tile);
    generation.lacking.delete(tile);
    generation.hidden.delete(tile);
    const known = generation.tiles.get(tile);
    if (!known) return;
    generation.tiles.delete(tile);
    drawn.remove(known);
  }

  function drop(generation: Generation, tiles: readonly number[]): void {
    generation.layer.drop(tiles);
    // What is dropped has to go now.
    if (!drawn.free) drawn.endOldest();
    swap(generation);
    for (const tile of tiles) forget(generation, tile);
  }

  /**
   * While a former city stands in, the new one gathers unseen; while as much dissolves as can, what
   * has become ready gathers, too.
   */
  function swap(generation: Generation): boolean {
    if (former || !drawn.free) return false;
    const { show, hide } = generation.layer.cut();
    if (show.length + hide.length === 0) return false;
    drawn.change(present(generation, show), present(generation, hide));
    return true;
  }

  function present(generation: Generation, tiles: readonly number[]): Tile[] {
    return tiles.flatMap((tile) => generation.tiles.get(tile) ?? []);
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

  /** Placed and not given up meanwhile. */
  function isComing(tile: number): boolean {
    return current.placed.has(tile) && !current.tiles.has(tile);
  }

  return {
    group: drawn.group,
    place,
    begin(message) {
      current.layer.place(message);
      if (message.hidden) current.hidden.set(message.tile, message.layer);
      else current.hidden.delete(message.tile);
    },
    coming: () => [...current.placed.keys()].filter(isComing),
    isComing,
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
      lastEye = eye;
      drawn.frame();
      if (former && completed && decoding + current.lacking.size + queue.size === 0) {
        discard(former);
        former = undefined;
        changedOver?.();
        changedOver = undefined;
      }
      relieve(eye);
      return swap(current);
    },
    *shown() {
      const { tiles, layer } = former ?? current;
      for (const [number, tile] of tiles) if (layer.isShown(number) && !away.layers.has(tile.place.layer)) yield tile;
    },
    leaveOut(now) {
      away = now;
      for (const { tiles, layer } of former ? [former, current] : [current]) {
        for (const { content, place } of tiles.values()) now.change(content, place.layer);
        drawn.leaveOut(now.layers, tiles.values(), ({ place: { tile } }) => layer.isShown(tile));
      }
      options.changed();
    },
    rest: drawn.rest,
    get dissolving() {
      return drawn.dissolving;
    },
    held,
    get decoding() {
      return decoding + current.lacking.size;
    },
    covers(layers) {
      const seen = new Set([...current.hidden.values(), ...away.layers]);
      for (const { mesh, place: { layer } } of current.tiles.values()) if (mesh.visible) seen.add(layer);
      return layers > 0 && seen.size >= layers;
    },
    get changes() {
      return drawn.changes;
    },
    get ready() {
      return current.tiles.size;
    },
    get stats() {
      const { shown, triangles, going } = drawn;
      return { tiles: current.tiles.size, shown, triangles, bytes, going };
    },
  };

  function held(): string[] {
    const distances = new Map<string, number>();
    for (const generation of former ? [former, current] : [current]) {
      for (const { place: { hash, box } } of generation.tiles.values()) {
        distances.set(hash, Math.min(boxDistance(box, lastEye), distances.get(hash) ?? Infinity));
      }
    }
    return [...distances].sort(([, a], [, b]) => a - b).map(([hash]) => hash);
  }

  function discard(generation: Generation): void {
    drawn.rest();
    for (const tile of [...generation.placed.keys()]) forget(generation, tile);
    generation.hidden.clear();
  }
}

/** Distance from a point of the world frame to a box of the scene frame, metres. */
function boxDistance(box: readonly number[], { x, y, z }: Point): number {
  const dx = Math.max(box[0] - x, 0, x - box[3]);
  const dy = Math.max(box[2] - y, 0, y - box[5]);
  const dz = Math.max(-box[4] - z, 0, z + box[1]);
  return Math.hypot(dx, dy, dz);
}
