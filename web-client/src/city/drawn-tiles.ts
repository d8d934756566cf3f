/** Which tiles are drawn: what comes takes the place of what goes, softly where it may. */
import { Group, type Vector2 } from 'three';

import type { Clock } from '../core/clock';
import type { Tile } from './city';
import { createDissolves } from './dissolves';
import type { CityMaterials, Coat } from './material';
import { castShade, dress } from './tile-mesh';

export interface DrawnTilesOptions {
  readonly materials: CityMaterials;
  readonly clock: Clock;
  /** Whether a change may take a moment to watch. */
  readonly soft: () => boolean;
  /** A tile that was removed isn't drawn any more. */
  readonly gone: (tile: Tile) => void;
}

export interface DrawnTiles {
  readonly group: Group;
  /** Whether another change can begin without ending one early. */
  readonly free: boolean;
  change(coming: readonly Tile[], going: readonly Tile[]): void;
  /** The tile is forgotten: at once, or when it has dissolved. */
  remove(tile: Tile): void;
  /** Tiles of these layers aren't drawn from now on; `shown` says which of `tiles` would be, but for that. */
  leaveOut(layers: ReadonlySet<number>, tiles: Iterable<Tile>, shown: (tile: Tile) => boolean): void;
  /** Moves all changes on. */
  frame(): void;
  endOldest(): void;
  /** Ends all changes that are under way; false where none is. */
  rest(): boolean;
  readonly dissolving: boolean;
  /** How many tiles are drawn until others have taken their place. */
  readonly going: number;
  /** Grows whenever a tile begins or ends to be drawn. */
  readonly changes: number;
  /** How many are drawn beside those. */
  readonly shown: number;
  readonly triangles: number;
}

export function createDrawnTiles({ materials, clock, soft, gone }: DrawnTilesOptions): DrawnTiles {
  const group = new Group();
  group.matrixWorldAutoUpdate = false;
  let triangles = 0;
  let changes = 0;
  let away: ReadonlySet<number> = new Set();
  /** Those that are forgotten while they dissolve. */
  const forgotten = new Set<Tile>();

  const dissolves = createDissolves<Tile>({
    clock,
    slots: materials.veils.length,
    triangles: triangleCount,
    began({ slot, coming, going }) {
      const { kept, ...veil } = materials.veils[slot];
      for (const tile of coming) wear(tile, veil.coming, kept.coming);
      for (const tile of going) wear(tile, veil.going, kept.going);
    },
    show(slot, share) {
      const { kept } = materials.veils[slot];
      kept.coming.set(0, share);
      kept.going.set(share, 1);
    },
    ended({ coming, going }) {
      for (const tile of [...coming, ...going]) wear(tile, materials, undefined);
      for (const tile of going) {
        setDrawn(tile, false);
        if (forgotten.delete(tile)) gone(tile);
      }
    },
  });

  function wear(tile: Tile, coat: Coat, kept: Vector2 | undefined): void {
    tile.look = { ...tile.look, coat, kept };
    dress(tile.mesh, tile.content, tile.look);
  }

  function setDrawn(tile: Tile, wanted: boolean): void {
    const { mesh } = tile;
    const drawn = wanted && !away.has(tile.place.layer);
    if (mesh.visible === drawn) return;
    mesh.visible = drawn;
    changes += 1;
    triangles += drawn ? triangleCount(tile) : -triangleCount(tile);
    if (drawn) group.add(mesh);
    else group.remove(mesh);
  }

  return {
    group,
    get free() {
      return dissolves.free;
    },
    change(coming, going) {
      for (const tile of [...coming, ...going]) dissolves.endWith(tile);
      // From now on the new level alone gives shade.
      for (const { mesh, content } of going) castShade(mesh, content, false);
      for (const tile of coming) {
        castShade(tile.mesh, tile.content, true);
        setDrawn(tile, true);
      }
      // What was hidden comes where nothing was.
      const isSoft = (going.length > 0 || coming.some(({ place: { hidden } }) => hidden)) && coming.length > 0 && soft();
      if (!isSoft || !dissolves.begin(coming, going)) for (const tile of going) setDrawn(tile, false);
    },
    remove(tile) {
      if (dissolves.isGoing(tile)) return void forgotten.add(tile);
      setDrawn(tile, false);
      gone(tile);
    },
    leaveOut(layers, tiles, shown) {
      away = layers;
      dissolves.endAll();
      for (const tile of tiles) setDrawn(tile, shown(tile));
    },
    frame: dissolves.frame,
    endOldest: dissolves.endOldest,
    rest() {
      const { size } = dissolves;
      dissolves.endAll();
      return size > 0;
    },
    get dissolving() {
      return dissolves.size > 0;
    },
    get going() {
      return dissolves.going;
    },
    get shown() {
      return group.children.length - dissolves.going;
    },
    get changes() {
      return changes;
    },
    get triangles() {
      return triangles;
    },
  };
}

function triangleCount(tile: Tile): number {
  return tile.content.source.triangles;
}
