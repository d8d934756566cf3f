/**
 * Plants one metre high and wide: a trunk, a dark core, and around it cards with clusters of leaves.
 * Normals point away from the crown's middle, so that a crown is lit as the one soft body it is.
 */
import { BufferAttribute, BufferGeometry, DataTexture, LinearFilter, LinearMipmapLinearFilter, RGBAFormat, Vector3 } from 'three';

interface Crown {
  /** Middle, half height and radius. */
  readonly middle: number;
  readonly tall: number;
  readonly wide: number;
  /** 0: round; 1: a cone. */
  readonly taper: number;
  readonly trunk: number;
  readonly cards: number;
  readonly card: number;
}

/** In the order of PLANT_KINDS. */
const CROWNS: readonly Crown[] = [
  { middle: 0.62, tall: 0.37, wide: 0.46, taper: 0.05, trunk: 0.035, cards: 96, card: 0.3 },
  { middle: 0.56, tall: 0.44, wide: 0.46, taper: 0.92, trunk: 0.03, cards: 90, card: 0.26 },
  { middle: 0.55, tall: 0.45, wide: 0.44, taper: 0.25, trunk: 0.05, cards: 80, card: 0.28 },
  { middle: 0.5, tall: 0.5, wide: 0.48, taper: 0, trunk: 0, cards: 44, card: 0.4 },
];

const LEAF_TEXELS = 128;
const LEAVES = 90;
const GOLDEN = Math.PI * (3 - Math.sqrt(5));

interface Corners {
  readonly positions: number[];
  readonly normals: number[];
  /** Place in the leaves' picture; its middle is leaf throughout. */
  readonly uvs: number[];
  /** How much light a corner gets inside the crown; 0 to 1; negative: bark. */
  readonly lights: number[];
  readonly indices: number[];
}

export function plantShape(kind: number, near: boolean): BufferGeometry {
  const crown = CROWNS[kind];
  const corners: Corners = { positions: [], normals: [], uvs: [], lights: [], indices: [] };
  const [columns, rows] = near ? [8, 5] : [7, 5];
  addBody(corners, crown, columns, rows, near ? 0.66 : 1);
  if (crown.trunk > 0) addTrunk(corners, crown, near ? 6 : 3);
  if (near) addCards(corners, crown);
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(new Float32Array(corners.positions), 3));
  geometry.setAttribute('normal', new BufferAttribute(new Float32Array(corners.normals), 3));
  geometry.setAttribute('uv', new BufferAttribute(new Float32Array(corners.uvs), 2));
  geometry.setAttribute('light', new BufferAttribute(new Float32Array(corners.lights), 1));
  geometry.setIndex(corners.indices);
  return geometry;
}

/** A place on the crown's skin: `up` from −1 to 1, `turn` around, `out` from its middle. */
function onCrown({ middle, tall, wide, taper }: Crown, up: number, turn: number, out: number): Vector3 {
  const round = Math.sqrt(Math.max(0, 1 - up * up));
  const cone = 0.62 * (1 - up);
  const radius = wide * out * (round + (Math.min(cone, 1.2 * round + 0.25) - round) * taper);
  return new Vector3(Math.cos(turn) * radius, middle + tall * up * (0.5 + 0.5 * out), Math.sin(turn) * radius);
}

function addCorner(corners: Corners, crown: Crown, at: Vector3, uv: readonly [number, number], light: number): number {
  const normal = new Vector3(at.x / crown.wide, (at.y - crown.middle) / crown.tall, at.z / crown.wide);
  normal.y += 0.15;
  normal.normalize();
  corners.positions.push(at.x, at.y, at.z);
  corners.normals.push(normal.x, normal.y, normal.z);
  corners.uvs.push(...uv);
  corners.lights.push(light);
  return corners.lights.length - 1;
}

/** The body inside; lumpy, so that no two sides of a crown are alike. */
function addBody(corners: Corners, crown: Crown, columns: number, rows: number, size: number): void {
  const first = corners.lights.length;
  // Of a far crown the body is all that is seen.
  const rough = size < 1 ? 0.88 : 0.84;
  for (let row = 0; row <= rows; row += 1) {
    for (let column = 0; column <= columns; column += 1) {
      const up = -Math.cos((Math.PI * row) / rows);
      const turn = (2 * Math.PI * (column % columns)) / columns;
      const lump = row === 0 || row === rows ? 1 : rough + 2 * (1 - rough) * chance((column % columns) * 13 + row * 7);
      const at = onCrown(crown, up, turn, size * lump);
      addCorner(corners, crown, at, [0.5, 0.5], size < 1 ? 0.42 + 0.2 * up : 0.72 + 0.28 * up);
    }
  }
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const a = first + row * (columns + 1) + column;
      const b = a + columns + 1;
      if (row > 0) corners.indices.push(a, b, a + 1);
      if (row < rows - 1) corners.indices.push(a + 1, b, b + 1);
    }
  }
}

function addTrunk(corners: Corners, crown: Crown, sides: number): void {
  const first = corners.lights.length;
  for (const [y, radius] of [[0, 1.25], [crown.middle, 0.6]]) {
    for (let side = 0; side < sides; side += 1) {
      const turn = (2 * Math.PI * side) / sides;
      const x = Math.cos(turn);
      const z = Math.sin(turn);
      corners.positions.push(x * radius * crown.trunk, y, z * radius * crown.trunk);
      corners.normals.push(x, 0, z);
      corners.uvs.push(0.5, 0.5);
      corners.lights.push(-1);
    }
  }
  for (let side = 0; side < sides; side += 1) {
    const next = (side + 1) % sides;
    corners.indices.push(first + side, first + sides + side, first + next);
    corners.indices.push(first + next, first + sides + side, first + sides + next);
  }
}

/** Cards spread evenly over the crown, each tilted its own way. */
function addCards(corners: Corners, crown: Crown): void {
  for (let i = 0; i < crown.cards; i += 1) {
    const up = 1 - (2 * (i + 0.5)) / crown.cards;
    const turn = i * GOLDEN;
    const out = 0.6 + 0.36 * Math.sqrt(chance(i * 3));
    const at = onCrown(crown, up * 0.96, turn, out);
    const outward = new Vector3(at.x, (at.y - crown.middle) * 0.8, at.z).normalize();
    outward.x += 0.9 * (chance(i * 5 + 1) - 0.5);
    outward.y += 0.9 * (chance(i * 7 + 2) - 0.5);
    outward.z += 0.9 * (chance(i * 11 + 3) - 0.5);
    outward.normalize();
    const right = new Vector3(-outward.z, 0.2 * (chance(i) - 0.5), outward.x).normalize();
    const above = new Vector3().crossVectors(outward, right);
    const half = 0.5 * crown.card * (0.75 + 0.5 * chance(i * 17)) * (1 - 0.45 * crown.taper * Math.max(0, up));
    const light = 0.42 + 0.2 * up + 0.42 * (out - 0.6) / 0.36 + 0.1 * (chance(i * 23) - 0.5);
    const corner = (u: number, v: number): number => {
      const place = at.clone().addScaledVector(right, half * u).addScaledVector(above, (half * v * 0.9) / Math.max(0.6, crown.tall * 2));
      place.addScaledVector(outward, -0.12 * half * (u * u + v * v));
      return addCorner(corners, crown, place, [0.5 + 0.5 * u, 0.5 + 0.5 * v], light);
    };
    const [a, b, c, d] = [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)];
    corners.indices.push(a, b, c, a, c, d);
  }
}

/** A cluster of leaves as a mask: green channel is what three's alpha map reads. */
export function leafPicture(): DataTexture {
  const size = LEAF_TEXELS;
  const texels = new Uint8Array(4 * size * size);
  const leaves = Array.from({ length: LEAVES }, (_, i) => {
    const turn = i * GOLDEN;
    const out = 0.43 * Math.sqrt((i + 0.5) / LEAVES);
    const way = turn + 2 * chance(i);
    return {
      x: 0.5 + Math.cos(turn) * out,
      y: 0.5 + Math.sin(turn) * out,
      cos: Math.cos(way),
      sin: Math.sin(way),
      long: 0.045 + 0.03 * chance(i * 9),
      tone: 0.35 + 0.65 * chance(way),
    };
  });
  for (let i = 0; i < size * size; i += 1) {
    const x = ((i % size) + 0.5) / size;
    const y = (Math.floor(i / size) + 0.5) / size;
    let cover = Math.hypot(x - 0.5, y - 0.5) < 0.1 ? 1 : 0;
    let tone = 0.5;
    for (const leaf of leaves) {
      // None is longer than it is long, whichever way it lies.
      if (Math.abs(x - leaf.x) > leaf.long || Math.abs(y - leaf.y) > leaf.long) continue;
      const along = (x - leaf.x) * leaf.cos + (y - leaf.y) * leaf.sin;
      const across = (y - leaf.y) * leaf.cos - (x - leaf.x) * leaf.sin;
      const inside = 1 - (along / leaf.long) ** 2 - (across / (0.48 * leaf.long)) ** 2;
      if (inside <= 0) continue;
      cover = 1;
      tone = leaf.tone;
    }
    texels.set([255 * tone, 255 * cover, 0, 255], 4 * i);
  }
  const picture = new DataTexture(texels, size, size, RGBAFormat);
  picture.generateMipmaps = true;
  picture.minFilter = LinearMipmapLinearFilter;
  picture.magFilter = LinearFilter;
  picture.needsUpdate = true;
  return picture;
}

/** The same number between 0 and 1 for the same seed. */
function chance(seed: number): number {
  const value = Math.sin(seed * 127.1 + 11.3) * 43758.5453;
  return value - Math.floor(value);
}
