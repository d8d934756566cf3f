/**
 * Light in a clear sky, computed rather than painted: what air scatters towards someone on the ground.
 *
 * Single scattering by air and haze with absorption by ozone, integrated along view rays; the
 * coefficients and profiles are those of Hillaire, "A Scalable and Production Ready Sky and
 * Atmosphere Rendering Technique" (EGSR 2020), table 1, with half as much haze again. Light
 * scattered more than once is taken as even in all directions. About a millisecond for a whole sky, so it follows the slider.
 */
export type Rgb = [number, number, number];

const EARTH_KM = 6360;
const TOP_KM = 6460;
const EYE_KM = 0.1;
const AIR: Rgb = [5.802e-3, 13.558e-3, 33.1e-3];
const AIR_HEIGHT_KM = 8;
const HAZE_SCATTERING = 6e-3;
const HAZE_EXTINCTION = 7e-3;
const HAZE_HEIGHT_KM = 1.2;
const OZONE: Rgb = [0.65e-3, 1.881e-3, 0.085e-3];
/** Radiance per irradiance of light that was scattered more than once, the sun at the zenith. */
const MANIFOLD: Rgb = [0.15, 0.158, 0.162];
const VIEW_STEPS = 14;
const LIGHT_STEPS = 8;

/** Size of a sky: columns from towards the sun to away from it, rows from the horizon to the zenith. */
export const SKY_COLUMNS = 16;
export const SKY_ROWS = 24;

export interface Sky {
  /** Radiance scattered by air, (rows, columns, rgb), for a sun of irradiance 1 above the air. */
  readonly air: Float32Array;
  /** That scattered by haze, without its phase function. */
  readonly haze: Float32Array;
  /** Irradiance of a level surface by the sky, without the sun. */
  readonly irradiance: Rgb;
  /** Irradiance of a surface that faces the sun. */
  readonly sun: Rgb;
}

/** Cornette–Shanks is dearer; Henyey–Greenstein with this asymmetry is what the shader uses, too. */
export const HAZE_ASYMMETRY = 0.78;

/** @param elevation of the sun, radians. */
export function skyOf(elevation: number): Sky {
  const air = new Float32Array(SKY_COLUMNS * SKY_ROWS * 3);
  const haze = new Float32Array(air.length);
  const irradiance: Rgb = [0, 0, 0];
  const sunUp = Math.sin(elevation);
  const sunFlat = Math.cos(elevation);
  for (let row = 0; row < SKY_ROWS; row += 1) {
    const up = (row / (SKY_ROWS - 1)) ** 2;
    const flat = Math.sqrt(1 - up * up);
    const paths = lightPaths(up);
    for (let column = 0; column < SKY_COLUMNS; column += 1) {
      const along = 1 - (2 * column) / (SKY_COLUMNS - 1);
      const cosine = up * sunUp + flat * along * sunFlat;
      const at = 3 * (row * SKY_COLUMNS + column);
      scatter({ paths, up, flat: flat * along, sunUp, sunFlat, cosine }, air, haze, at);
      const solid = solidAngle(row, column) * up;
      for (let c = 0; c < 3; c += 1) {
        irradiance[c] += (air[at + c] + haze[at + c] * hazePhase(cosine)) * solid;
      }
    }
  }
  return { air, haze, irradiance, sun: transmittance(EYE_KM, sunUp) };
}

export function hazePhase(cosine: number): number {
  const g = HAZE_ASYMMETRY;
  return (1 - g * g) / (4 * Math.PI * (1 + g * g - 2 * g * cosine) ** 1.5);
}

interface Path {
  readonly distance: number;
  readonly length: number;
  readonly height: number;
}

/** Steps along a view ray, km, short near the eye. */
function lightPaths(up: number): Path[] {
  const r = EARTH_KM + EYE_KM;
  const end = -r * up + Math.sqrt(r * r * (up * up - 1) + TOP_KM * TOP_KM);
  return Array.from({ length: VIEW_STEPS }, (_, i) => {
    const from = end * (i / VIEW_STEPS) ** 2;
    const to = end * ((i + 1) / VIEW_STEPS) ** 2;
    const distance = (from + to) / 2;
    const height = Math.sqrt(r * r + distance * distance + 2 * r * distance * up) - EARTH_KM;
    return { distance, length: to - from, height };
  });
}

interface Ray {
  readonly paths: readonly Path[];
  readonly up: number;
  /** Part of the direction that lies level towards the sun. */
  readonly flat: number;
  readonly sunUp: number;
  readonly sunFlat: number;
  /** Of the angle between the ray and the sun. */
  readonly cosine: number;
}

function scatter(ray: Ray, air: Float32Array, haze: Float32Array, at: number): void {
  const { paths, up, flat, sunUp, sunFlat, cosine } = ray;
  const airPhase = (3 / (16 * Math.PI)) * (1 + cosine * cosine);
  const depth: Rgb = [0, 0, 0];
  for (const { distance, length, height } of paths) {
    const density = Math.exp(-height / AIR_HEIGHT_KM);
    const dust = Math.exp(-height / HAZE_HEIGHT_KM);
    const ozone = ozoneAt(height);
    // The sun's height as seen from this place, which lies beyond the curve of the earth.
    const x = distance * flat;
    const y = EARTH_KM + EYE_KM + distance * up;
    const cosZenith = (x * sunFlat + y * sunUp) / (EARTH_KM + height);
    const light = transmittance(height, cosZenith);
    const manifold = smooth(-0.22, 0.75, cosZenith);
    for (let c = 0; c < 3; c += 1) {
      const extinction = AIR[c] * density + HAZE_EXTINCTION * dust + OZONE[c] * ozone;
      depth[c] += (extinction * length) / 2;
      const seen = Math.exp(-depth[c]) * length;
      depth[c] += (extinction * length) / 2;
      const scattering = AIR[c] * density;
      air[at + c] += seen * scattering * light[c] * airPhase;
      air[at + c] += seen * (scattering + HAZE_SCATTERING * dust) * MANIFOLD[c] * manifold;
      haze[at + c] += seen * HAZE_SCATTERING * dust * light[c];
    }
  }
}

/** How much sunlight reaches a height (km), the sun at this cosine from the zenith. */
function transmittance(height: number, cosZenith: number): Rgb {
  const r = EARTH_KM + height;
  const horizon = -Math.sqrt(Math.max(0, 1 - (EARTH_KM / r) ** 2));
  // The sun's disc takes half a degree to set.
  const risen = smooth(horizon - 0.006, horizon + 0.006, cosZenith);
  if (risen === 0) return [0, 0, 0];
  const up = Math.max(cosZenith, horizon);
  const end = -r * up + Math.sqrt(Math.max(0, r * r * (up * up - 1) + TOP_KM * TOP_KM));
  let density = 0;
  let dust = 0;
  let ozone = 0;
  for (let i = 0; i < LIGHT_STEPS; i += 1) {
    const from = end * (i / LIGHT_STEPS) ** 2;
    const to = end * ((i + 1) / LIGHT_STEPS) ** 2;
    const distance = (from + to) / 2;
    const h = Math.max(0, Math.sqrt(r * r + distance * distance + 2 * r * distance * up) - EARTH_KM);
    density += Math.exp(-h / AIR_HEIGHT_KM) * (to - from);
    dust += Math.exp(-h / HAZE_HEIGHT_KM) * (to - from);
    ozone += ozoneAt(h) * (to - from);
  }
  const through = (c: number): number =>
    risen * Math.exp(-(AIR[c] * density + HAZE_EXTINCTION * dust + OZONE[c] * ozone));
  return [through(0), through(1), through(2)];
}

function ozoneAt(height: number): number {
  return Math.max(0, 1 - Math.abs(height - 25) / 15);
}

/** Of one texel and its mirror image beyond the sun's meridian. */
function solidAngle(row: number, column: number): number {
  const edge = (index: number, count: number): number => Math.min(1, Math.max(0, index / (count - 1)));
  const tall = edge(row + 0.5, SKY_ROWS) ** 2 - edge(row - 0.5, SKY_ROWS) ** 2;
  const angle = (index: number): number => Math.acos(1 - 2 * edge(index, SKY_COLUMNS));
  return 2 * tall * (angle(column + 0.5) - angle(column - 0.5));
}

function smooth(low: number, high: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return t * t * (3 - 2 * t);
}
