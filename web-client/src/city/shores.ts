/**
 * Where the mapped city ends in water, water goes on: a ruler's line through a harbour would be the
 * first that is seen from afar. Looks along the rim of the mapped city for water in its tiles.
 */
import type { DataTexture, Vector4 } from 'three';

import type { Tile } from './city';
import type { TileGeometry } from './decode';
import { RIM_PLACES } from './sky';
import type { UploadQueue } from './upload-queue';

/** Looked for so far inside the rim, as shares of the way to the middle. */
const INSIDE = [0.01, 0.03, 0.06];
/** Narrower water, places, is a river or a canal, and nobody knows where that goes. */
const NARROWEST = 14;
/** Looked through at a time. */
const MOST_INDICES = 900;
/** What the water's ends are blurred over, places. */
const SOFT = 1;

export interface Shores {
  /** The tiles on screen have changed. */
  tilesChanged(shown: Iterable<Tile>): void;
}

/**
 * @param edge least x and z, greatest x and z of the mapped city, world frame.
 * @param rim for the shader: becomes 1 where the rim lies in water.
 * @param queue where each tile is looked through.
 */
export function createShores(edge: Vector4, rim: DataTexture, queue: UploadQueue): Shores {
  const wet = new Uint8Array(RIM_PLACES);
  let seen = new WeakSet<TileGeometry>();
  const around = edge.clone();
  const showSoon = queue.chore(() => {
    soften(wet, rim.image.data as Uint8Array);
    rim.needsUpdate = true;
  });

  return {
    tilesChanged(shown) {
      if (!around.equals(edge)) {
        around.copy(edge);
        wet.fill(0);
        seen = new WeakSet();
        showSoon();
      }
      for (const { content: { source }, mesh } of shown) {
        if (source.water.length === 0 || seen.has(source)) continue;
        seen.add(source);
        const { elements } = mesh.matrixWorld;
        for (const [start, end] of source.water) {
          for (let from = start; from < end; from += MOST_INDICES) {
            const run = [from, Math.min(from + MOST_INDICES, end)] as const;
            queue.add(() => {
              if (markWater(wet, source, run, elements, edge)) showSoon();
            });
          }
        }
      }
    },
  };
}

type Surfaces = Pick<TileGeometry, 'positions' | 'indices'>;

/**
 * Sets those places of the rim to 1 that lie in water of a tile: in a run of its indices.
 *
 * @param matrix of the tile, column by column; it moves and scales, and doesn't turn.
 * @returns whether there are any more than before.
 */
function markWater(
  wet: Uint8Array,
  { positions, indices }: Surfaces,
  [start, end]: readonly [number, number],
  matrix: ArrayLike<number>,
  edge: Vector4,
): boolean {
  const middleX = (edge.x + edge.z) / 2;
  const middleZ = (edge.y + edge.w) / 2;
  const halfX = (edge.z - edge.x) / 2;
  const halfZ = (edge.w - edge.y) / 2;
  if (!(halfX > 0 && halfZ > 0)) return false;
  const inmost = 1 - INSIDE[INSIDE.length - 1];
  const at = new Float64Array(6);
  let more = false;
  for (let i = start; i < end; i += 3) {
    let reach = 0;
    for (let corner = 0; corner < 3; corner += 1) {
      const vertex = indices[i + corner];
      at[2 * corner] = (positions[4 * vertex] * matrix[0] + matrix[12] - middleX) / halfX;
      at[2 * corner + 1] = (positions[4 * vertex + 2] * matrix[10] + matrix[14] - middleZ) / halfZ;
      reach = Math.max(reach, Math.abs(at[2 * corner]), Math.abs(at[2 * corner + 1]));
    }
    if (reach < inmost) continue;
    const [west, east] = [Math.min(at[0], at[2], at[4]), Math.max(at[0], at[2], at[4])];
    const [north, south] = [Math.min(at[1], at[3], at[5]), Math.max(at[1], at[3], at[5])];
    for (let probe = 0; probe < PROBES.length; probe += 2) {
      const [x, z] = [PROBES[probe], PROBES[probe + 1]];
      if (x < west || x > east || z < north || z > south) continue;
      const place = (probe >> 1) % RIM_PLACES;
      if (wet[place] > 0 || !isWithin(at, x, z)) continue;
      wet[place] = 1;
      more = true;
    }
  }
  return more;
}

/** Where water is looked for: for each of INSIDE all places of the rim, x and z. */
const PROBES = new Float64Array(
  INSIDE.flatMap((inside) => Array.from({ length: RIM_PLACES }, (_, place) => onRim(place).map((part) => part * (1 - inside))).flat()),
);

/** A place of the rim of a square from −1 to 1, in its direction as the shader reckons it. */
function onRim(place: number): readonly [number, number] {
  const turn = ((place + 0.5) / RIM_PLACES - 0.5) * 2 * Math.PI;
  const x = Math.cos(turn);
  const z = Math.sin(turn);
  const out = Math.max(Math.abs(x), Math.abs(z));
  return [x / out, z / out];
}

/** Whether a point lies in a triangle, whichever way that runs. */
function isWithin(at: Float64Array, x: number, z: number): boolean {
  const side = (a: number, b: number): number =>
    (at[2 * b] - at[2 * a]) * (z - at[2 * a + 1]) - (at[2 * b + 1] - at[2 * a + 1]) * (x - at[2 * a]);
  const [one, two, three] = [side(0, 1), side(1, 2), side(2, 0)];
  return (one >= 0 && two >= 0 && three >= 0) || (one <= 0 && two <= 0 && three <= 0);
}

/** Whether so many neighbours are wet, this one among them. */
function isWide(wet: Uint8Array, place: number): boolean {
  let run = 0;
  for (const way of [1, -1]) {
    for (let by = way > 0 ? 0 : 1; by < NARROWEST && wet[(place + way * by + RIM_PLACES) % RIM_PLACES] > 0; by += 1) run += 1;
  }
  return run >= NARROWEST;
}

function soften(given: Uint8Array, into: Uint8Array): void {
  const wet = given.map((_, place) => (isWide(given, place) ? 1 : 0));
  for (let place = 0; place < RIM_PLACES; place += 1) {
    let sum = 0;
    for (let by = -SOFT; by <= SOFT; by += 1) sum += wet[(place + by + RIM_PLACES) % RIM_PLACES];
    into[place] = (255 * sum) / (2 * SOFT + 1);
  }
}
