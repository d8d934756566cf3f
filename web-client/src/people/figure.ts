/**
 * The figure of a person: a rounded body without legs, a head with two dots that show where she
 * looks, and a hand. Plain on purpose: a face that is nearly right is worse than none.
 *
 * Metres; feet at the origin for the body, the middle of the head and of the hand for those;
 * looking along −z, as the viewer's frame does.
 */
import { BufferAttribute, CircleGeometry, LatheGeometry, SphereGeometry, Vector2, type BufferGeometry } from 'three';
import { mergeGeometries } from 'three/addons/utils/BufferGeometryUtils.js';

/** From the feet to the eyes, and from the head's middle to the eyes. */
export const EYE_ABOVE_FEET_M = 1.65;
export const EYE_ABOVE_HEAD_M = 0.03;

const HEAD_RADIUS_M = 0.155;
const HAND_RADIUS_M = 0.065;
const SHADE_RADIUS_M = 0.42;
const SHADE = 0.42;
/** Half the outline of the body, from the ground up: out, up. */
const OUTLINE = [
  [0, 0.03],
  [0.11, 0.04],
  [0.175, 0.08],
  [0.2, 0.16],
  [0.195, 0.4],
  [0.185, 0.7],
  [0.195, 1.0],
  [0.215, 1.2],
  [0.205, 1.31],
  [0.16, 1.39],
  [0.09, 1.43],
  [0, 1.44],
] as const;
const WHITE = [1, 1, 1, 1] as const;
const DARK = [0.035, 0.05, 0.07, 1] as const;

export function createBody(): BufferGeometry {
  const body = new LatheGeometry(OUTLINE.map(([out, up]) => new Vector2(out, up)), 20);
  // Broader from side to side than from front to back.
  body.scale(1.12, 1, 0.88);
  body.computeVertexNormals();
  return paint(body, WHITE);
}

export function createHead(): BufferGeometry {
  const head = paint(new SphereGeometry(HEAD_RADIUS_M, 22, 16).scale(1, 1.08, 1), WHITE);
  const dots = [-1, 1].map((side) => {
    const dot = new SphereGeometry(0.023, 10, 8).scale(0.85, 1.25, 0.5);
    const out = side * 0.056;
    const front = -Math.sqrt(HEAD_RADIUS_M ** 2 - out ** 2 - EYE_ABOVE_HEAD_M ** 2);
    return paint(dot.translate(out, EYE_ABOVE_HEAD_M, front), DARK);
  });
  return mergeGeometries([head, ...dots]);
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
