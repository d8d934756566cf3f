/** From the place of the sun to all light there is: sky, sun or moon, exposure, windows lit. */
import { skyOf, type Rgb, type Sky } from './atmosphere';
import { directionOf, type SunPosition } from './sun';

export interface Daylight {
  /** Towards the sun, also below the horizon; world frame. */
  readonly sun: readonly [number, number, number];
  /** Towards what casts the shadows: the sun, at night the moon. */
  readonly caster: readonly [number, number, number];
  /** Irradiance by the caster; all light is in units of a fifth of the sun's above the air. */
  readonly direct: Rgb;
  /** Irradiance of a level surface by the sky, and what the ground sends back. */
  readonly above: Rgb;
  readonly below: Rgb;
  readonly sky: Sky;
  /** What the eye's adaptation multiplies light with. */
  readonly exposure: number;
  /** 0: day; 1: the sun is 12° below the horizon or lower. */
  readonly night: number;
  /** Share of windows with a lamp behind them. */
  readonly lit: number;
}

/** Irradiance of the sun above the air. */
export const SUNLIGHT = 5;
/** Light of the moon is about 1/400 000 of the sun's; an eye that has got used to it sees about this. */
const MOONLIGHT: Rgb = [0.012, 0.0145, 0.02];
const NIGHT_SKY: Rgb = [0.0065, 0.0085, 0.014];
const GROUND_ALBEDO: Rgb = [0.2, 0.18, 0.14];
const NOON_LIGHT = 4.4;
const ADAPTATION = 0.86;
const ADAPTATION_TO_BLUE = 0.35;
const DAY_EXPOSURE = 0.95;
const MOON_ELEVATION = 0.7;
const DEGREE = Math.PI / 180;

/** @param minute since midnight, solar time. */
export function daylightAt(position: SunPosition, minute: number): Daylight {
  const sky = skyOf(position.elevation);
  const sun = directionOf(position);
  const night = ramp(-2, -12, position.elevation);
  const moonlit = ramp(-3, -7, position.elevation);
  // A full moon, which stands about where the sun does not.
  const moon = directionOf({ elevation: MOON_ELEVATION, azimuth: position.azimuth + Math.PI - 0.9 });
  const direct = each((c) => (moonlit > 0 ? MOONLIGHT[c] * moonlit : sky.sun[c] * SUNLIGHT));
  const caster = moonlit > 0 ? moon : sun;
  const grey = luminance(sky.irradiance);
  const above = each((c) => {
    // An eye under a blue sky takes much of its blue for white.
    const seen = sky.irradiance[c] + (grey - sky.irradiance[c]) * ADAPTATION_TO_BLUE;
    return seen * SUNLIGHT + NIGHT_SKY[c] * night;
  });
  const below = each((c) => (direct[c] * Math.max(0, caster[1]) + above[c]) * GROUND_ALBEDO[c]);
  const light = luminance(above) + luminance(direct) * Math.max(0, caster[1]);
  const exposure = DAY_EXPOSURE * (NOON_LIGHT / light) ** ADAPTATION * (1 - 0.28 * ramp(4, -5, position.elevation)) * (1 - 0.3 * night);
  const lit = litShare(minute) * ramp(2, -5, position.elevation);
  return { sun, caster, direct, above, below, sky, exposure, night, lit };
}

export function luminance([r, g, b]: Rgb): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** How many rooms people are up in, by the hour. */
function litShare(minute: number): number {
  const HOURS: readonly (readonly [number, number])[] = [
    [0, 0.2], [2, 0.06], [4.5, 0.06], [6.5, 0.34], [9, 0.2], [16, 0.3], [19, 0.55], [22, 0.46], [24, 0.2],
  ];
  const hour = minute / 60;
  const next = HOURS.findIndex(([at]) => at > hour);
  if (next < 1) return HOURS[0][1];
  const [from, low] = HOURS[next - 1];
  const [to, high] = HOURS[next];
  return low + ((hour - from) / (to - from)) * (high - low);
}

function each(value: (channel: number) => number): Rgb {
  return [value(0), value(1), value(2)];
}

/** 0 at `from` degrees, 1 at `to`. */
function ramp(from: number, to: number, angle: number): number {
  const t = Math.min(1, Math.max(0, (angle / DEGREE - from) / (to - from)));
  return t * t * (3 - 2 * t);
}
