/**
 * Where windows may go: finds the plane patches of bare walls and gives each vertex its place in
 * bays and storeys. The shader draws windows and doors of the size they have in life; nothing is
 * added to the measured geometry.
 */
import { DOOR, FIRST_STOREYS, WALL, WINDOW } from './surfaces';

const STOREY_M = 3.1;
const BAY_M = 2.8;
const NARROWEST_WALL_M = 2.2;
const LOWEST_WALL_M = 2.4;
const FIXED = 256;
const MOST = 250;
/** Within a storey: where windows begin, and how much wall they need up to a little above them. */
const SILL_M = 0.9;
const NEEDED_M = 2.45;
/** How the shader gets a storey's height: so many steps above the lowest; as many again: a taller ground floor. */
export const LOWEST_STOREY_M = 2.2;
export const STOREY_STEP_M = 0.03;
export const STOREY_STEPS = 120;
/** Where there are several storeys, the lowest is so much higher than the others. */
export const TALL_GROUND_M = 0.5;
/** How the shader gets a bay's width: steps of 2 cm. */
export const BAY_STEPS_PER_M = 50;

export interface FacadeInput {
  readonly positions: Int16Array | Float32Array;
  readonly normals: Int8Array;
  readonly features: Uint16Array;
  /** Of walls: written as decode.ts says. */
  readonly kinds: Uint8Array;
  readonly indices: Uint16Array | Uint32Array;
  readonly scale: readonly [number, number, number];
}

interface Patch {
  readonly feature: number;
  left: number;
  right: number;
  /** Lower and upper end of the wall at its left and at its right end. */
  leftBottom: number;
  rightBottom: number;
  leftTop: number;
  rightTop: number;
}

/** @returns (V, 2) bays from the wall's left end and metres above the foot, × 256; zero on no wall. */
export function facades(input: FacadeInput): Uint16Array<ArrayBuffer> {
  const { positions, kinds, scale } = input;
  const vertices = kinds.length / 4;
  const bays = new Uint16Array(vertices * 2);
  const patchOf = connectedWalls(input);
  const foot = featureFeet(input);
  const own = withOpenings(input);
  const along = new Float32Array(vertices);
  const patches = measure(input, patchOf, along);
  const eave = new Map<number, number>();
  for (const { feature, leftTop, rightTop } of patches.values()) {
    eave.set(feature, Math.max(eave.get(feature) ?? -Infinity, Math.min(leftTop, rightTop)));
  }
  for (let v = 0; v < vertices; v += 1) {
    if (kinds[4 * v] !== WALL) continue;
    const patch = patches.get(patchOf[v]);
    if (!patch) continue;
    const base = foot.get(patch.feature) ?? patch.leftBottom;
    const { code, storey, extra } = storeys((eave.get(patch.feature) ?? base) - base);
    const width = patch.right - patch.left;
    const bottom = Math.max(patch.leftBottom, patch.rightBottom) - base;
    const top = Math.min(patch.leftTop, patch.rightTop) - base;
    const columns = Math.max(1, Math.round(width / BAY_M));
    const bay = width / columns;
    bays[2 * v] = fixed((along[v] - patch.left) / Math.max(bay, 0.01));
    bays[2 * v + 1] = fixed(positions[4 * v + 1] * scale[1] - base);
    const clear = bottom - SILL_M + 0.15;
    const first = clear <= 0 ? 0 : Math.max(1, Math.ceil((clear - extra) / storey));
    const last = Math.floor((top - NEEDED_M - extra) / storey) + 1;
    const fits = width >= NARROWEST_WALL_M && top - bottom >= LOWEST_WALL_M && columns <= MOST && last > first && !own.has(patch.feature);
    kinds[4 * v] = FIRST_STOREYS + code;
    kinds[4 * v + 1] = clampByte(first);
    kinds[4 * v + 2] = clampByte(last);
    kinds[4 * v + 3] = fits ? clampByte(Math.round(bay * BAY_STEPS_PER_M)) : 0;
  }
  return bays;
}

/** Whole storeys of about 3.1 m up to the eaves. */
function storeys(height: number): { code: number; storey: number; extra: number } {
  const count = Math.max(1, Math.round(height / STOREY_M));
  const extra = count > 1 ? TALL_GROUND_M : 0;
  const storey = (height - extra) / count || STOREY_M;
  const steps = Math.round((storey - LOWEST_STOREY_M) / STOREY_STEP_M);
  const code = Math.max(0, Math.min(STOREY_STEPS - 1, steps));
  return { code: code + (extra > 0 ? STOREY_STEPS : 0), storey: LOWEST_STOREY_M + code * STOREY_STEP_M, extra };
}

/** Features whose windows or doors are in the data: none are drawn on their walls. */
function withOpenings({ kinds, features }: FacadeInput): Set<number> {
  const own = new Set<number>();
  for (let v = 0; v < kinds.length / 4; v += 1) {
    if (kinds[4 * v] === WINDOW || kinds[4 * v] === DOOR) own.add(features[2 * v]);
  }
  return own;
}

function fixed(value: number): number {
  return Math.max(0, Math.min(65_535, Math.round(value * FIXED)));
}

function clampByte(value: number): number {
  return Math.max(0, Math.min(MOST, value));
}

function featureFeet({ positions, features, scale }: FacadeInput): Map<number, number> {
  const foot = new Map<number, number>();
  for (let v = 0; v < features.length / 2; v += 1) {
    const y = positions[4 * v + 1] * scale[1];
    const known = foot.get(features[2 * v]);
    if (known === undefined || y < known) foot.set(features[2 * v], y);
  }
  return foot;
}

/** Extent of each patch; fills `along`, the distance of each vertex along its wall, metres. */
function measure(
  { positions, normals, features, kinds, scale }: FacadeInput,
  patchOf: Int32Array,
  along: Float32Array,
): Map<number, Patch> {
  const patches = new Map<number, Patch>();
  for (let v = 0; v < patchOf.length; v += 1) {
    if (kinds[4 * v] !== WALL) continue;
    const nx = normals[4 * v];
    const nz = normals[4 * v + 2];
    const length = Math.hypot(nx, nz) || 1;
    // Left to right as someone in front of the wall sees it: up × normal.
    const u = (positions[4 * v] * scale[0] * nz - positions[4 * v + 2] * scale[2] * nx) / length;
    along[v] = u;
    const patch = patches.get(patchOf[v]);
    if (!patch) {
      patches.set(patchOf[v], {
        feature: features[2 * v],
        left: u,
        right: u,
        leftBottom: Infinity,
        rightBottom: Infinity,
        leftTop: -Infinity,
        rightTop: -Infinity,
      });
      continue;
    }
    patch.left = Math.min(patch.left, u);
    patch.right = Math.max(patch.right, u);
  }
  const NEAR_END_M = 0.3;
  for (let v = 0; v < patchOf.length; v += 1) {
    const patch = kinds[4 * v] === WALL ? patches.get(patchOf[v]) : undefined;
    if (!patch) continue;
    const y = positions[4 * v + 1] * scale[1];
    if (along[v] - patch.left < NEAR_END_M) {
      patch.leftTop = Math.max(patch.leftTop, y);
      patch.leftBottom = Math.min(patch.leftBottom, y);
    }
    if (patch.right - along[v] < NEAR_END_M) {
      patch.rightTop = Math.max(patch.rightTop, y);
      patch.rightBottom = Math.min(patch.rightBottom, y);
    }
  }
  return patches;
}

/** Union-find over wall vertices: joined by a triangle, or the same place, normal and feature. */
function connectedWalls({ positions, normals, features, kinds, indices }: FacadeInput): Int32Array {
  const vertices = kinds.length / 4;
  const parent = new Int32Array(vertices);
  for (let v = 0; v < vertices; v += 1) parent[v] = v;
  const find = (v: number): number => {
    while (parent[v] !== v) v = parent[v] = parent[parent[v]];
    return v;
  };
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * vertices + 1))).fill(-1);
  const mask = slots.length - 1;
  const same = (a: number, b: number): boolean =>
    positions[4 * a] === positions[4 * b] &&
    positions[4 * a + 1] === positions[4 * b + 1] &&
    positions[4 * a + 2] === positions[4 * b + 2] &&
    normals[4 * a] === normals[4 * b] &&
    normals[4 * a + 1] === normals[4 * b + 1] &&
    normals[4 * a + 2] === normals[4 * b + 2] &&
    features[2 * a] === features[2 * b];
  for (let v = 0; v < vertices; v += 1) {
    if (kinds[4 * v] !== WALL) continue;
    let hash = Math.imul(Math.round(positions[4 * v] * 64), 73_856_093);
    hash ^= Math.imul(Math.round(positions[4 * v + 1] * 64), 19_349_663);
    hash ^= Math.imul(Math.round(positions[4 * v + 2] * 64), 83_492_791);
    let slot = (hash ^ (hash >>> 15)) & mask;
    while (slots[slot] >= 0 && !same(slots[slot], v)) slot = (slot + 1) & mask;
    if (slots[slot] < 0) slots[slot] = v;
    else parent[find(v)] = find(slots[slot]);
  }
  for (let i = 0; i < indices.length; i += 3) {
    if (kinds[4 * indices[i]] !== WALL) continue;
    parent[find(indices[i + 1])] = find(indices[i]);
    parent[find(indices[i + 2])] = find(indices[i]);
  }
  for (let v = 0; v < vertices; v += 1) parent[v] = find(v);
  return parent;
}
