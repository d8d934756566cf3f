/**
 * The figure of a person, as a wooden peg doll: a rounded body without legs, a head with a hood and
 * two dots that show where she looks, and a hand. Plain on purpose: a face that is nearly right is
 * worse than none.
 *
 * Metres; feet at the origin for the body, the middle of the head and of the hand for those;
 * looking along −z, as the viewer's frame does.
 */
import { BufferAttribute, CircleGeometry, LatheGeometry, SphereGeometry, Vector2, type BufferGeometry } from 'three';
import { mergeGeometries } from 'three/addons/utils/BufferGeometryUtils.js';

/** From the feet to the eyes, and from the head's middle to the eyes. */
export const EYE_ABOVE_FEET_M = 1.65;
export const EYE_ABOVE_HEAD_M = 0.03;

const HEAD_RADIUS_M = 0.15;
const HOOD_RADIUS_M = 0.16;
const HOOD_TILT_RAD = 0.75;
const HAND_RADIUS_M = 0.065;
const SHADE_RADIUS_M = 0.42;
const SHADE = 0.42;
/** Half the outline of the body, from the ground up: out, up. */
const OUTLINE = [
  [0, 0.02],
  [0.17, 0.03],
  [0.235, 0.07],
  [0.262, 0.15],
  [0.258, 0.3],
  [0.235, 0.55],
  [0.212, 0.8],
  [0.198, 1.0],
  [0.19, 1.14],
  [0.172, 1.26],
  [0.136, 1.36],
  [0.085, 1.43],
  [0, 1.46],
] as const;
const WHITE = [1, 1, 1, 1] as const;
const DARK = [0.06, 0.06, 0.07, 1] as const;
const HOOD = [0.34, 0.34, 0.36, 1] as const;

export function createBody(): BufferGeometry {
  const body = new LatheGeometry(OUTLINE.map(([out, up]) => new Vector2(out, up)), 20);
  // Broader from side to side than from front to back.
  body.scale(1.06, 1, 0.92);
  body.computeVertexNormals();
  return paint(body, WHITE);
}

export function createHead(): BufferGeometry {
  const head = paint(new SphereGeometry(HEAD_RADIUS_M, 22, 16), WHITE);
  const hood = new SphereGeometry(HOOD_RADIUS_M, 22, 9, 0, 2 * Math.PI, 0, 0.52 * Math.PI);
  const dots = [-1, 1].map((side) => {
    const dot = new SphereGeometry(0.0165, 10, 8).scale(0.9, 1.15, 0.6);
    const out = side * 0.052;
    const front = -Math.sqrt(HEAD_RADIUS_M ** 2 - out ** 2 - EYE_ABOVE_HEAD_M ** 2);
    return paint(dot.translate(out, -EYE_ABOVE_HEAD_M / 2, front), DARK);
  });
  return mergeGeometries([head, paint(hood.rotateX(HOOD_TILT_RAD), HOOD), ...dots]);
}

export function createHand(): BufferGeometry {
  return paint(new SphereGeometry(HAND_RADIUS_M, 12, 10), WHITE);
}

/** The dark spot that puts a figure on the ground; fades out to its rim. */
export function createShade(): BufferGeometry {
  const shade = new CircleGeometry(SHADE_RADIUS_M, 20).rotateX(-Math.PI / 2).translate(0, 0.02, 0);
  const colours = new Float32Array(4 * shade.getAttribute('position').count);
  colours[3] = SHADE;
  shade.setAttribute('color', new BufferAttribute(colours, 4));
  return shade;
}

function paint(geometry: BufferGeometry, colour: readonly number[]): BufferGeometry {
  const { count } = geometry.getAttribute('position');
  const colours = new Float32Array(4 * count);
  for (let i = 0; i < count; i += 1) colours.set(colour, 4 * i);
  geometry.setAttribute('color', new BufferAttribute(colours, 4));
  geometry.deleteAttribute('uv');
  return geometry;
}
