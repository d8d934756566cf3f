/** Shows the picked feature in colour, in whatever tile holds it at the moment. */
import type { Tile } from '../city/city';
import type { CityMaterials } from '../city/material';
import { dress } from '../city/tile-mesh';
import { findRow } from '../protocol/property-table';

export interface Highlight {
  /** Picks a feature by identity, "" for none. */
  pick(id: string): void;
  /** Call after tiles were swapped. */
  update(): void;
  /** Where the picked feature is on screen. */
  readonly picked: { readonly tile: Tile; readonly row: number } | undefined;
}

export function createHighlight(materials: CityMaterials, shown: () => Iterable<Tile>): Highlight {
  let picked = '';
  let marked: Tile | undefined;

  function mark(tile: Tile, pickedRow: number): void {
    tile.look = { ...tile.look, pickedRow };
    dress(tile.mesh, tile.content, tile.look);
  }

  function update(): void {
    if (marked) mark(marked, -1);
    marked = undefined;
    if (picked === '') return;
    for (const tile of shown()) {
      const { table } = tile.content.source;
      const row = table ? findRow(table, picked) : -1;
      if (row < 0) continue;
      materials.pickedFeature.value = row;
      mark(tile, row);
      marked = tile;
      return;
    }
  }

  return {
    pick(id) {
      picked = id;
      update();
    },
    update,
    get picked() {
      return marked && { tile: marked, row: materials.pickedFeature.value };
    },
  };
}
