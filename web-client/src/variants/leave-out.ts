/** Takes features out of a tile's content, and puts them back: its triangles, copies and plants. */
import type { BufferGeometry, InstancedBufferAttribute } from 'three';

import { NO_FEATURE } from '../city/merge';
import type { TileContent } from '../city/tile-mesh';
import { readValue, type PropertyTable } from '../protocol/property-table';

type Index = Uint16Array | Uint32Array;

/** The index of what has lost triangles, as it was. */
const wholes = new WeakMap<BufferGeometry, Index>();
/** Where copies stand that some of have been taken from. */
const places = new WeakMap<InstancedBufferAttribute, Float32Array>();
const NONE: ReadonlySet<number> = new Set();

/** @param ids identities; from now on none of them is drawn, or met by a ray. */
export function leaveOut(content: TileContent, ids: ReadonlySet<string>): void {
  const rows = rowsOf(content.source.table, ids);
  if (rows.size === 0 && content.away.size === 0) return;
  content.away = rows;
  collapse(content.geometry, content.source.features, rows);
  for (const { geometry, matrices } of content.copies) {
    const whose = geometry.getAttribute('whose');
    const whole = places.get(matrices) ?? Float32Array.from(matrices.array);
    places.set(matrices, whole);
    for (let i = 0; i < matrices.count; i += 1) {
      const one = matrices.array.subarray(16 * i, 16 * i + 16);
      if (rows.has(whose.getX(i))) one.fill(0);
      else one.set(whole.subarray(16 * i, 16 * i + 16));
    }
    matrices.needsUpdate = true;
  }
}

/** Triangles of these features become points: so the index stays as long, and all runs of it where they are. */
function collapse(geometry: BufferGeometry, features: Uint16Array, rows: ReadonlySet<number>): void {
  const { index } = geometry;
  if (!index || index.count === 0) return;
  const whole = wholes.get(geometry) ?? (index.array.slice() as Index);
  wholes.set(geometry, whole);
  const array = index.array as Index;
  for (let i = 0; i < array.length; i += 3) {
    const row = features[2 * whole[i]];
    const isAway = row !== NO_FEATURE && rows.has(row);
    array[i] = whole[i];
    array[i + 1] = isAway ? whole[i] : whole[i + 1];
    array[i + 2] = isAway ? whole[i] : whole[i + 2];
  }
  index.needsUpdate = true;
}

function rowsOf(table: PropertyTable | undefined, ids: ReadonlySet<string>): ReadonlySet<number> {
  if (!table || ids.size === 0) return NONE;
  const rows = new Set<number>();
  for (let row = 0; row < table.count; row += 1) if (ids.has(String(readValue(table, 'id', row)))) rows.add(row);
  return rows;
}
