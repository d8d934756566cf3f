/**
 * Buildings in the colour of their value, on their own surfaces, in whatever tile shows them: each
 * vertex of one gets a tint (city/shaders/tint.ts), and only what has changed is sent to the graphics
 * card. Tiles without such a building have no tint and cost nothing.
 */
import { BufferAttribute, Color, DynamicDrawUsage, SRGBColorSpace } from 'three';

import type { City } from '../city/city';
import { NO_FEATURE } from '../city/merge';
import { FIRST_STOREYS, surfaceIndex, WALL } from '../city/surfaces';
import type { TileContent } from '../city/tile-mesh';
import { readValue, type PropertyTable } from '../protocol/property-table';
import type { Marker } from './marker';

export interface Surfaces {
  show(markers: readonly Marker[]): void;
  /** Tints what has come into the picture; call before each frame. */
  frame(): void;
}

/** Fourth part of a tint: none, one that can be trusted, and one that can't. */
export const NO_TINT = 255;
export const TRUSTED = 0;
export const DOUBTED = 128;

/** Vertices [begin, end) of a feature. */
type Run = readonly [begin: number, end: number];

interface Dressed {
  /** Which features were looked for. */
  readonly wanted: ReadonlySet<string>;
  readonly runs: ReadonlyMap<string, readonly Run[]>;
  /** What each wears. */
  readonly worn: Map<string, number>;
}

export function createSurfaces(city: Pick<City, 'shown' | 'changes'>): Surfaces {
  const dressed = new WeakMap<TileContent, Dressed>();
  let tints: ReadonlyMap<string, number> = new Map();
  let wanted: ReadonlySet<string> = new Set();
  let seen = -1;

  function dress(content: TileContent): void {
    let known = dressed.get(content);
    if (known?.wanted !== wanted) {
      const runs = wanted.size > 0 ? runsOf(content, wanted) : new Map<string, readonly Run[]>();
      for (const [feature] of known?.worn ?? []) if (!runs.has(feature)) paint(content, known!.runs.get(feature)!, NONE);
      const worn = new Map([...(known?.worn ?? [])].filter(([feature]) => runs.has(feature)));
      dressed.set(content, (known = { wanted, runs, worn }));
    }
    for (const [feature, runs] of known.runs) {
      const tint = tints.get(feature) ?? NONE;
      if ((known.worn.get(feature) ?? NONE) === tint) continue;
      known.worn.set(feature, tint);
      paint(content, runs, tint);
    }
  }

  return {
    show(markers) {
      tints = new Map(markers.filter(({ feature }) => feature !== '').map((marker) => [marker.feature, tintOf(marker)]));
      if (tints.size !== wanted.size || [...tints.keys()].some((feature) => !wanted.has(feature))) wanted = new Set(tints.keys());
      seen = -1;
    },
    frame() {
      if (seen === city.changes) return;
      seen = city.changes;
      for (const { content } of city.shown()) dress(content);
    },
  };
}

const ROOF = surfaceIndex('roof');
const NONE = tint(0, 0, 0, NO_TINT);
const colour = new Color();

/** Four bytes in one number, in the order of memory. */
function tint(red: number, green: number, blue: number, alpha: number): number {
  return red + 256 * (green + 256 * (blue + 256 * alpha));
}

function tintOf({ colour: [red, green, blue], doubted }: Marker): number {
  colour.setRGB(red / 255, green / 255, blue / 255, SRGBColorSpace);
  const byte = (value: number): number => Math.round(255 * value);
  return tint(byte(colour.r), byte(colour.g), byte(colour.b), doubted ? DOUBTED : TRUSTED);
}

/** Where a tile's features are among its vertices, walls and roofs only; a part counts as its building. */
function runsOf({ source }: TileContent, wanted: ReadonlySet<string>): ReadonlyMap<string, readonly Run[]> {
  const names = namesByRow(source.table, wanted);
  const found = new Map<string, Run[]>();
  if (names.size === 0) return found;
  const { features, kinds } = source;
  let name: string | undefined;
  let begin = 0;
  for (let v = 0; 2 * v <= features.length; v += 1) {
    const row = 2 * v < features.length ? features[2 * v] : NO_FEATURE;
    const here = row !== NO_FEATURE && isBuilt(kinds[4 * v]) ? names.get(row) : undefined;
    if (here === name) continue;
    if (name !== undefined) {
      const runs = found.get(name) ?? [];
      runs.push([begin, v]);
      found.set(name, runs);
    }
    name = here;
    begin = v;
  }
  return found;
}

function isBuilt(kind: number): boolean {
  return kind === WALL || kind === ROOF || kind >= FIRST_STOREYS;
}

function namesByRow(table: PropertyTable | undefined, wanted: ReadonlySet<string>): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (let row = 0; row < (table?.count ?? 0); row += 1) {
    const id = String(readValue(table!, 'id', row));
    const name = wanted.has(id) ? id : String(readValue(table!, 'parent', row) ?? '');
    if (wanted.has(name)) names.set(row, name);
  }
  return names;
}

function paint({ geometry }: TileContent, runs: readonly Run[], value: number): void {
  let attribute = geometry.getAttribute('tint') as BufferAttribute | undefined;
  if (!attribute) {
    attribute = new BufferAttribute(new Uint8Array(4 * geometry.getAttribute('position').count), 4, true).setUsage(DynamicDrawUsage);
    new Uint32Array(attribute.array.buffer).fill(NONE);
    geometry.setAttribute('tint', attribute);
  }
  const pixels = new Uint32Array(attribute.array.buffer);
  for (const [begin, end] of runs) {
    pixels.fill(value, begin, end);
    attribute.addUpdateRange(4 * begin, 4 * (end - begin));
  }
  attribute.needsUpdate = true;
}
