/**
 * Bodies of trams, buses and ferries: few faces, a band of windows all around, a livery, and a plate
 * with the line's number on all four sides. Drawn after no make of vehicle.
 *
 * Metres; on the ground at the origin, its front towards −z.
 */
import { BufferAttribute, BufferGeometry } from 'three';

export const BODIES = ['tram', 'bus', 'ferry'] as const;
export type Body = (typeof BODIES)[number];

/** From the middle to where the number floats above it, and half its length. */
export const HEIGHTS_M: Readonly<Record<Body, number>> = { tram: 3.7, bus: 3.2, ferry: 6.6 };
export const LENGTHS_M: Readonly<Record<Body, number>> = { tram: 15, bus: 11.5, ferry: 22 };

type Colour = readonly [number, number, number];
/** How much the livery shows, whether it is lit from inside at night, whether it is the plate. */
type Part = readonly [number, number, number];

const LIVERY: Colour = [1, 1, 1];
const CREAM: Colour = [0.78, 0.75, 0.68];
const GLASS: Colour = [0.022, 0.028, 0.034];
const ROOF: Colour = [0.32, 0.33, 0.33];
const IRON: Colour = [0.03, 0.03, 0.032];
const LAMP: Colour = [0.95, 0.9, 0.78];
const TAIL: Colour = [0.5, 0.02, 0.015];

const PAINTED: Part = [1, 0, 0];
const PLAIN: Part = [0, 0, 0];
const LIT: Part = [0, 1, 0];
const BRIGHT: Part = [0, 2, 0];
const PLATE: Part = [0, 0, 1];

/** One side of a body from the ground up to the middle of its roof: out and up, and what it is made of from there. */
type Outline = readonly (readonly [out: number, up: number, colour: Colour, part: Part])[];
/** Along the body from its front: place, width and height as shares of the whole. */
type Stations = readonly (readonly [z: number, wide: number, high: number])[];

interface Hull {
  readonly outline: Outline;
  readonly stations: Stations;
}

const TRAM: Hull = {
  outline: [
    [1.0, 0.28, LIVERY, PAINTED],
    [1.2, 0.5, LIVERY, PAINTED],
    [1.22, 1.2, GLASS, LIT],
    [1.17, 2.4, CREAM, PLAIN],
    [1.08, 2.82, ROOF, PLAIN],
    [0.7, 3.12, ROOF, PLAIN],
    [0, 3.18, ROOF, PLAIN],
  ],
  stations: [
    [-7.5, 0.6, 0.9],
    [-7.2, 0.8, 0.95],
    [-6.3, 0.98, 1],
    [-5.6, 1, 1],
    [5.6, 1, 1],
    [6.3, 0.98, 1],
    [7.2, 0.8, 0.95],
    [7.5, 0.6, 0.9],
  ],
};

const BUS: Hull = {
  outline: [
    [1.15, 0.3, LIVERY, PAINTED],
    [1.25, 0.45, LIVERY, PAINTED],
    [1.26, 1.1, GLASS, LIT],
    [1.2, 2.35, LIVERY, PAINTED],
    [1.1, 2.72, ROOF, PLAIN],
    [0.75, 2.88, ROOF, PLAIN],
    [0, 2.92, ROOF, PLAIN],
  ],
  stations: [
    [-5.75, 0.86, 0.97],
    [-5.55, 0.95, 1],
    [-5.2, 1, 1],
    [5.5, 1, 1],
    [5.75, 0.95, 0.99],
  ],
};

const FERRY: Hull = {
  outline: [
    [2.2, -0.9, LIVERY, PAINTED],
    [3.0, 0.6, LIVERY, PAINTED],
    [3.1, 1.5, CREAM, PLAIN],
    [2.5, 1.55, CREAM, PLAIN],
    [2.45, 2.1, GLASS, LIT],
    [2.4, 3.3, CREAM, PLAIN],
    [2.2, 3.7, ROOF, PLAIN],
    [0, 3.8, ROOF, PLAIN],
  ],
  stations: [
    [-11, 0.16, 1],
    [-9.6, 0.5, 1],
    [-7, 0.85, 1],
    [-4, 1, 1],
    [8, 1, 1],
    [10.2, 0.92, 1],
    [11, 0.8, 1],
  ],
};

/** Gathers faces of four corners with what they are made of. */
class Faces {
  private readonly positions: number[] = [];
  private readonly colours: number[] = [];
  private readonly parts: number[] = [];
  private readonly places: number[] = [];

  /** Corners anticlockwise as seen from outside, from the lower left one; on a plate they hold the number. */
  add(corners: readonly (readonly number[])[], colour: Colour, part: Part): void {
    for (const i of [0, 1, 2, 0, 2, 3]) {
      this.positions.push(...corners[i]);
      this.colours.push(...colour);
      this.parts.push(...part);
      this.places.push(i === 1 || i === 2 ? 1 : 0, i > 1 ? 1 : 0);
    }
  }

  box([x0, y0, z0]: Colour, [x1, y1, z1]: Colour, colour: Colour, part: Part): void {
    this.add([[x0, y0, z1], [x1, y0, z1], [x1, y1, z1], [x0, y1, z1]], colour, part);
    this.add([[x1, y0, z0], [x0, y0, z0], [x0, y1, z0], [x1, y1, z0]], colour, part);
    this.add([[x1, y0, z1], [x1, y0, z0], [x1, y1, z0], [x1, y1, z1]], colour, part);
    this.add([[x0, y0, z0], [x0, y0, z1], [x0, y1, z1], [x0, y1, z0]], colour, part);
    this.add([[x0, y1, z1], [x1, y1, z1], [x1, y1, z0], [x0, y1, z0]], colour, part);
  }

  hull({ outline, stations }: Hull): void {
    const corner = (station: number, point: number, side: number): readonly number[] => {
      const [z, wide, high] = stations[station];
      const [out, up] = outline[point];
      return [side * out * wide, up * high, z];
    };
    for (let point = 0; point + 1 < outline.length; point += 1) {
      const [, , colour, part] = outline[point];
      for (let station = 0; station + 1 < stations.length; station += 1) {
        const right = [corner(station + 1, point, 1), corner(station, point, 1), corner(station, point + 1, 1), corner(station + 1, point + 1, 1)];
        const left = [corner(station, point, -1), corner(station + 1, point, -1), corner(station + 1, point + 1, -1), corner(station, point + 1, -1)];
        this.add(right, colour, part);
        this.add(left, colour, part);
      }
      const last = stations.length - 1;
      this.add([corner(0, point, 1), corner(0, point, -1), corner(0, point + 1, -1), corner(0, point + 1, 1)], colour, part);
      this.add([corner(last, point, -1), corner(last, point, 1), corner(last, point + 1, 1), corner(last, point + 1, -1)], colour, part);
    }
  }

  /** Plates in front and behind at `z`, and on both sides at `x`; `up` is their middle, `size` their height. */
  plates(front: number, back: number, x: number, up: number, size: number): void {
    const [low, high, half] = [up - size / 2, up + size / 2, size];
    this.add([[half, low, front], [-half, low, front], [-half, high, front], [half, high, front]], LIVERY, PLATE);
    this.add([[-half, low, back], [half, low, back], [half, high, back], [-half, high, back]], LIVERY, PLATE);
    const z = front / 2;
    this.add([[x, low, z + half], [x, low, z - half], [x, high, z - half], [x, high, z + half]], LIVERY, PLATE);
    this.add([[-x, low, z - half], [-x, low, z + half], [-x, high, z + half], [-x, high, z - half]], LIVERY, PLATE);
  }

  geometry(): BufferGeometry {
    const geometry = new BufferGeometry();
    geometry.setAttribute('position', new BufferAttribute(new Float32Array(this.positions), 3));
    geometry.setAttribute('color', new BufferAttribute(new Float32Array(this.colours), 3));
    geometry.setAttribute('part', new BufferAttribute(new Float32Array(this.parts), 3));
    geometry.setAttribute('onPlate', new BufferAttribute(new Float32Array(this.places), 2));
    geometry.computeVertexNormals();
    return geometry;
  }
}

export function createBodyShape(body: Body): BufferGeometry {
  const faces = new Faces();
  if (body === 'tram') {
    faces.hull(TRAM);
    for (const z of [-4.4, 4.4]) faces.box([-0.95, 0.04, z - 1.3], [0.95, 0.5, z + 1.3], IRON, PLAIN);
    faces.box([-0.75, 3.16, -1.4], [0.75, 3.36, 1.4], ROOF, PLAIN);
    // The bow that takes the current.
    faces.box([-0.05, 3.36, 0.9], [0.05, 3.44, 1.1], IRON, PLAIN);
    faces.add([[-0.04, 3.4, 1], [0.04, 3.4, 1], [0.04, 4.1, 0], [-0.04, 4.1, 0]], IRON, PLAIN);
    faces.add([[0.04, 3.4, 1], [-0.04, 3.4, 1], [-0.04, 4.1, 0], [0.04, 4.1, 0]], IRON, PLAIN);
    faces.box([-0.8, 4.08, -0.05], [0.8, 4.14, 0.05], IRON, PLAIN);
    lamps(faces, 7.5, 0.52, 0.62);
    faces.plates(-7.32, 7.32, 1.19, 2.62, 0.38);
  } else if (body === 'bus') {
    faces.hull(BUS);
    for (const z of [-3.6, 3.1]) faces.box([-1.22, 0.02, z - 0.48], [1.22, 0.8, z + 0.48], IRON, PLAIN);
    lamps(faces, 5.75, 0.8, 0.62);
    faces.plates(-5.77, 5.77, 1.24, 2.52, 0.36);
  } else {
    faces.hull(FERRY);
    faces.box([-1.5, 3.7, -5.5], [1.5, 4.1, -2.5], CREAM, PLAIN);
    faces.box([-1.4, 4.1, -5.4], [1.4, 5.1, -2.6], GLASS, LIT);
    faces.box([-1.6, 5.1, -5.6], [1.6, 5.3, -2.4], ROOF, PLAIN);
    faces.box([-0.6, 3.7, 3], [0.6, 5.6, 4.6], LIVERY, PAINTED);
    faces.plates(-5.62, 4.62, 2.5, 4.6, 0.7);
  }
  return faces.geometry();
}

function lamps(faces: Faces, end: number, out: number, up: number): void {
  for (const side of [-1, 1]) {
    const x = side * out;
    const [low, high] = [up, up + 0.2];
    const z = end + 0.01;
    faces.add([[x + 0.14, low, -z], [x - 0.14, low, -z], [x - 0.14, high, -z], [x + 0.14, high, -z]], LAMP, BRIGHT);
    faces.add([[x - 0.14, low, z], [x + 0.14, low, z], [x + 0.14, high, z], [x - 0.14, high, z]], TAIL, BRIGHT);
  }
}
