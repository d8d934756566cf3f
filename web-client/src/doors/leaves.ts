/**
 * How a door opens, told from its shape alone: which of its parts swing, and around which edge.
 *
 * A part is what hangs together. Parts that fill their outline are panels; what lies within a panel's width goes with
 * it (glass, handles); what reaches around everything is the frame, and stays.
 */

/** Triangles of one door: corners (x, y up, z), metres, and three indices each. */
export interface DoorShape {
  readonly positions: Float32Array;
  readonly indices: Uint32Array;
}

export interface Leaf {
  /** The corners that swing with it. */
  readonly corners: ReadonlySet<number>;
  /** The upright axis it swings around. */
  readonly hinge: { readonly x: number; readonly z: number };
  /** Level, from the hinge along the closed leaf; of length 1. */
  readonly along: { readonly x: number; readonly z: number };
}

interface Part {
  readonly corners: Set<number>;
  /** Along the door, and up. */
  readonly low: [number, number];
  readonly high: [number, number];
  /** Of its two faces, as seen from the front. */
  area: number;
}

const WELD_M = 1e-3;
/** Of its outline’s area, at least: frames are below a third, and one face alone of a panel is a half. */
const PANEL_FILL = 0.4;
/** Of the whole door's area, at least. */
const PANEL_SHARE = 0.2;
/** Of the width and height of the whole, at least: what reaches so far around is the frame. */
const FRAME_SPAN = 0.97;

export function leavesOf(shape: DoorShape): readonly Leaf[] {
  const front = frontOf(shape);
  const along = { x: -front.z, z: front.x };
  const at = (corner: number): [number, number] => {
    const [x, y, z] = shape.positions.subarray(3 * corner, 3 * corner + 3);
    return [x * along.x + z * along.z, y];
  };
  const parts = partsOf(shape, at, front);
  const [low, high] = [edge(parts, 'low', Math.min), edge(parts, 'high', Math.max)];
  const whole = (high[0] - low[0]) * (high[1] - low[1]);
  const panels = parts.filter((part) => part.area > PANEL_FILL * outline(part) && outline(part) > PANEL_SHARE * whole);
  const rest = parts.filter((part) => !panels.includes(part));
  const moving = rest.filter((part) => !isFrame(part, low, high));
  const depth = middleOf(shape, front);

  return widths(panels.length > 0 ? panels : parts, low, high).map(([from, to], _, all) => {
    const corners = new Set<number>();
    const isWithin = ({ low: [a], high: [b] }: Part): boolean => from <= (a + b) / 2 && (a + b) / 2 <= to;
    const own = (panels.length > 0 ? [...panels, ...moving] : parts).filter(isWithin);
    for (const part of own) for (const corner of part.corners) corners.add(corner);
    const handle = moving.find((part) => isWithin(part) && isHandle(part));
    const isOnRight = all.length > 1 ? (from + to) / 2 > (low[0] + high[0]) / 2 : handle !== undefined && (handle.low[0] + handle.high[0]) / 2 < (from + to) / 2;
    const hinge = isOnRight ? edge(own, 'high', Math.max)[0] : edge(own, 'low', Math.min)[0];
    const towards = isOnRight ? -1 : 1;
    return {
      corners,
      hinge: { x: hinge * along.x + depth * front.x, z: hinge * along.z + depth * front.z },
      along: { x: towards * along.x, z: towards * along.z },
    };
  });
}

/** Level, across the door: where most of its area faces, whichever way. */
function frontOf(shape: DoorShape): { readonly x: number; readonly z: number } {
  let cosine = 0;
  let sine = 0;
  eachTriangle(shape, (_, [nx, , nz]) => {
    const length = Math.hypot(nx, nz);
    if (length === 0) return;
    // Of twice the angle, so that front and back are the same.
    cosine += (nx * nx - nz * nz) / length;
    sine += (2 * nx * nz) / length;
  });
  const angle = Math.atan2(sine, cosine) / 2;
  return { x: Math.cos(angle), z: Math.sin(angle) };
}

/** What hangs together by edges of two triangles: where a panel touches its frame, four meet. */
function partsOf(shape: DoorShape, at: (corner: number) => [number, number], front: { x: number; z: number }): Part[] {
  const firsts = welded(shape.positions);
  const beside = new Map<string, number[]>();
  const roots: number[] = [];
  eachTriangle(shape, (corners) => {
    const triangle = roots.push(roots.length) - 1;
    const [a, b, c] = corners.map((corner) => firsts[corner]);
    for (const edge of [[a, b], [b, c], [c, a]]) {
      const name = edge.sort((one, other) => one - other).join(' ');
      beside.set(name, [...(beside.get(name) ?? []), triangle]);
    }
  });
  const find = (triangle: number): number => {
    while (roots[triangle] !== triangle) triangle = roots[triangle] = roots[roots[triangle]];
    return triangle;
  };
  for (const [one, other, ...more] of beside.values()) if (other !== undefined && more.length === 0) roots[find(one)] = find(other);

  const parts = new Map<number, Part>();
  let triangle = 0;
  eachTriangle(shape, (corners, [nx, , nz]) => {
    const root = find(triangle);
    triangle += 1;
    const part = parts.get(root) ?? { corners: new Set<number>(), low: [Infinity, Infinity], high: [-Infinity, -Infinity], area: 0 };
    parts.set(root, part);
    part.area += Math.abs(nx * front.x + nz * front.z) / 4;
    for (const corner of corners) {
      part.corners.add(corner);
      for (const [axis, value] of at(corner).entries()) {
        part.low[axis] = Math.min(part.low[axis], value);
        part.high[axis] = Math.max(part.high[axis], value);
      }
    }
  });
  return [...parts.values()];
}

/** For each corner the first in the same place. */
function welded(positions: Float32Array): Int32Array {
  const firsts = new Map<string, number>();
  return Int32Array.from({ length: positions.length / 3 }, (_, corner) => {
    const name = positions.subarray(3 * corner, 3 * corner + 3).map((value) => Math.round(value / WELD_M)).join(' ');
    const first = firsts.get(name) ?? corner;
    firsts.set(name, first);
    return first;
  });
}

/** @param visit its corners, and twice its area along each axis. */
function eachTriangle({ positions, indices }: DoorShape, visit: (corners: [number, number, number], normal: [number, number, number]) => void): void {
  for (let i = 0; i < indices.length; i += 3) {
    const [a, b, c] = [indices[i], indices[i + 1], indices[i + 2]];
    const side = (corner: number, axis: number): number => positions[3 * corner + axis] - positions[3 * a + axis];
    visit(
      [a, b, c],
      [
        side(b, 1) * side(c, 2) - side(b, 2) * side(c, 1),
        side(b, 2) * side(c, 0) - side(b, 0) * side(c, 2),
        side(b, 0) * side(c, 1) - side(b, 1) * side(c, 0),
      ],
    );
  }
}

function edge(parts: readonly Part[], side: 'low' | 'high', choose: (...values: number[]) => number): [number, number] {
  return [choose(...parts.map((part) => part[side][0])), choose(...parts.map((part) => part[side][1]))];
}

function outline({ low, high }: Part): number {
  return (high[0] - low[0]) * (high[1] - low[1]);
}

function isFrame(part: Part, low: readonly number[], high: readonly number[]): boolean {
  return [0, 1].every((axis) => part.high[axis] - part.low[axis] > FRAME_SPAN * (high[axis] - low[axis]));
}

function isHandle({ low, high }: Part): boolean {
  return high[0] - low[0] < 0.3 && high[1] - low[1] < 0.4;
}

/** Panels that overlap are one leaf; leaves from one side to the other. */
function widths(panels: readonly Part[], low: readonly number[], high: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  const sorted = [...panels].sort((a, b) => a.low[0] - b.low[0]);
  for (const panel of sorted) {
    const last = found.at(-1);
    if (last && panel.low[0] < last[1] - WELD_M) last[1] = Math.max(last[1], panel.high[0]);
    else found.push([panel.low[0], panel.high[0]]);
  }
  return found.length > 0 ? found : [[low[0], high[0]]];
}

/** How far it stands along its front, in the middle of its depth. */
function middleOf({ positions }: DoorShape, front: { x: number; z: number }): number {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < positions.length; i += 3) {
    const depth = positions[i] * front.x + positions[i + 2] * front.z;
    low = Math.min(low, depth);
    high = Math.max(high, depth);
  }
  return (low + high) / 2;
}
