/** Gives features of a tile another look, and what isn't real its mark; takes both off again. */
import { BufferAttribute, Color, type BufferGeometry } from 'three';

import { NO_FEATURE } from '../city/merge';
import { FIRST_STOREYS, surfaceIndex, WALL } from '../city/surfaces';
import type { TileContent } from '../city/tile-mesh';
import { readValue, type PropertyTable } from '../protocol/property-table';
import { PROPOSED } from './marks';

/** A colour, `#rrggbb`, or what a surface is made of, as scene.md has it. */
export type Look = string;

interface Worn {
  readonly paints: Uint8Array | undefined;
  readonly kinds: Uint8Array;
}

const UNPAINTED = 255;
/** A mark is so many steps from painted (0) or unpainted (255): what is below the middle stays painted. */
const STEP = 25;
/** Painted in this variant: marked as proposed, and to be told from what was painted before. */
const REPAINTED = 35;

/** What geometries had on before. */
const before = new WeakMap<BufferGeometry, Worn>();

/** @param mark of all that is in the tile; @param looks by identity. */
export function wear(content: TileContent, mark: number, looks: ReadonlyMap<string, Look>): void {
  const { source, geometry, copies } = content;
  const worn = looksByRow(source.table, looks);
  if (mark > 0 || worn.size > 0 || before.has(geometry)) {
    takeOff(geometry);
    if (worn.size > 0) put(geometry, source.features, worn);
    if (mark > 0) paintOf(geometry).forEach((value, i, paints) => i % 4 === 3 && (paints[i] = marked(value, mark)));
  }
  for (const copied of copies) {
    if (mark === 0 && !before.has(copied.geometry)) continue;
    takeOff(copied.geometry);
    if (mark > 0) paintOf(copied.geometry).forEach((value, i, paints) => i % 4 === 3 && (paints[i] = marked(value, mark)));
  }
}

function takeOff(geometry: BufferGeometry): void {
  const kinds = geometry.getAttribute('kind') as BufferAttribute;
  const paints = geometry.getAttribute('paint') as BufferAttribute | undefined;
  const worn = before.get(geometry);
  if (!worn) {
    before.set(geometry, { paints: paints && (paints.array.slice() as Uint8Array), kinds: kinds.array.slice() as Uint8Array });
    return;
  }
  kinds.array.set(worn.kinds);
  kinds.needsUpdate = true;
  if (!paints) return;
  if (worn.paints) paints.array.set(worn.paints);
  else unpaint(paints.array as Uint8Array);
  paints.needsUpdate = true;
}

function put(geometry: BufferGeometry, features: Uint16Array, looks: ReadonlyMap<number, Look>): void {
  const kind = geometry.getAttribute('kind') as BufferAttribute;
  const kinds = kind.array as Uint8Array;
  kind.needsUpdate = true;
  const paints = paintOf(geometry);
  const normals = geometry.getAttribute('normal').array as Int8Array;
  const walled = new Set<number>();
  for (let v = 0; 2 * v < features.length; v += 1) if (isWall(kinds[4 * v])) walled.add(features[2 * v]);
  const colour = new Color();
  for (let v = 0; 2 * v < features.length; v += 1) {
    const row = features[2 * v];
    const look = row === NO_FEATURE ? undefined : looks.get(row);
    if (!look || (walled.has(row) && !isWall(kinds[4 * v]))) continue;
    if (look.startsWith('#')) {
      colour.set(look).toArray(COLOUR);
      for (let c = 0; c < 3; c += 1) paints[4 * v + c] = Math.round(255 * COLOUR[c]);
      paints[4 * v + 3] = REPAINTED;
    } else if (walled.has(row) || normals[4 * v + 1] > LEVEL) {
      kinds[4 * v] = surfaceIndex(look);
      paints[4 * v + 3] = marked(UNPAINTED, PROPOSED);
    }
  }
}

const COLOUR = [0, 0, 0];
/** Of 127: half upright. A quay that becomes a park keeps its wall. */
const LEVEL = 64;

function isWall(kind: number): boolean {
  return kind === WALL || kind >= FIRST_STOREYS;
}

/** A geometry's paint, which from now on it has. */
function paintOf(geometry: BufferGeometry): Uint8Array {
  let paint = geometry.getAttribute('paint') as BufferAttribute | undefined;
  if (!paint) {
    paint = new BufferAttribute(new Uint8Array(4 * geometry.getAttribute('position').count), 4, true);
    unpaint(paint.array as Uint8Array);
    geometry.setAttribute('paint', paint);
  }
  paint.needsUpdate = true;
  return paint.array as Uint8Array;
}

function unpaint(paints: Uint8Array): void {
  paints.fill(0);
  for (let i = 3; i < paints.length; i += 4) paints[i] = UNPAINTED;
}

function marked(alpha: number, mark: number): number {
  return alpha < UNPAINTED / 2 ? STEP * mark : UNPAINTED - STEP * mark;
}

function looksByRow(table: PropertyTable | undefined, looks: ReadonlyMap<string, Look>): ReadonlyMap<number, Look> {
  const worn = new Map<number, Look>();
  if (!table || looks.size === 0) return worn;
  for (let row = 0; row < table.count; row += 1) {
    const look = looks.get(String(readValue(table, 'id', row)));
    if (look) worn.set(row, look);
  }
  return worn;
}
