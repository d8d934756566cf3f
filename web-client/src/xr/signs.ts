/** Sensors and vehicles in the headset: signs with value, word and age, or the name, that turn to the eye. */
import { Vector3, type Scene } from 'three';

import type { Overlays } from '../overlays/overlays';
import { cssOf, paletteColour } from '../overlays/palette';
import { readingText } from '../overlays/reading';
import { rideText } from '../overlays/ride-pins';
import type { Ride } from '../overlays/rides';
import { colourOf, stepColour, type Scale } from '../overlays/scale';
import { markOf } from '../overlays/sensor-pins';
import type { Sensor } from '../overlays/sensors';
import { OWN_HOUSE_M, type Sight } from '../overlays/sight';
import { firstStands, standName, type Stand } from '../overlays/stands';
import { HEIGHTS_M } from '../overlays/vehicle-shape';
import { ACCENT, createSign, font, INK, PAPER, shortened, WARN, type Sign } from './board';

export interface SignsOptions {
  readonly overlays: () => Pick<Overlays, 'stands' | 'rides'> | undefined;
  readonly sight: Sight;
}

export interface LiveSigns {
  /** Renews values and ages, and looks again what is near and what houses hide; call about once a second. */
  texts(serverNowUs: number): void;
  /** Keeps the signs the same size to the eye, and above what they tell of; call before each drawn frame. */
  face(eye: Vector3): void;
  /** The sensor whose sign a ray meets first. */
  at(origin: Vector3, direction: Vector3): Sensor | undefined;
  dispose(): void;
}

/** The smallest line, 38 of 512 pixels, fills 1.4° of the view: 0.025 of the distance. */
const SENSOR = { widthPx: 512, heightPx: 208, widthPerMetre: 0.34 };
const RIDE = { widthPx: 512, heightPx: 112, widthPerMetre: 0.34 };
const MARGIN_PX = 40;
const HATCH_PX = 28;
const FARTHEST_M = 150;
const MOST = 8;
const MOST_RIDES = 3;
/** Of those that are nearest, so many are asked for what hides them. */
const LOOKED_AT = 16;
const RIDE_OWN_M = 9;

export function createLiveSigns(scene: Scene, { overlays, sight }: SignsOptions): LiveSigns {
  const signs = new Map<string, Sign>();
  const rides = new Map<Ride, Sign>();
  let told: readonly Stand[] = [];
  const eye = new Vector3(Infinity, 0, 0);
  const place = new Vector3();

  function isFree(x: number, y: number, z: number, own: number): boolean {
    place.set(x, y, z);
    return eye.x === Infinity || (place.distanceTo(eye) < FARTHEST_M && !sight.hidden(eye, place, own));
  }

  function tell(stand: Stand, serverNowUs: number): void {
    let sign = signs.get(stand.key);
    if (!sign) signs.set(stand.key, (sign = createSign(scene, SENSOR)));
    const { sensor, style } = stand;
    sign.sprite.position.set(...stand.place);
    const { name, more } = standName(stand);
    const text = readingText(sensor, style, serverNowUs);
    const age = [text.reality, text.age].filter(Boolean).join(' · ');
    const said = { name, more, value: text.value, words: text.words, age, doubtful: text.doubtful, scale: style.scale, reading: sensor.reading?.value };
    sign.write(JSON.stringify(said), (context) => draw(context, said));
  }

  return {
    texts(serverNowUs) {
      const known = overlays();
      const near = firstStands(known?.stands ?? [], eye, LOOKED_AT).filter((stand) => isFree(...stand.place, OWN_HOUSE_M));
      const shown = near.slice(0, MOST);
      keep(signs, new Set(shown.map(({ key }) => key)));
      for (const stand of shown) tell(stand, serverNowUs);
      told = shown;
      const moving = [...(known?.rides.values() ?? [])].filter(({ way }) => isFree(way.x, way.y + 1, way.z, RIDE_OWN_M)).slice(0, MOST_RIDES);
      keep(rides, new Set(moving));
      for (const ride of moving) {
        let sign = rides.get(ride);
        if (!sign) rides.set(ride, (sign = createSign(scene, RIDE)));
        const said = rideText(ride);
        sign.write(JSON.stringify(said), (context) => drawRide(context, said));
      }
    },
    face(now) {
      eye.copy(now);
      for (const sign of signs.values()) sign.resize(sign.sprite.position.distanceTo(eye));
      for (const [{ way, body }, sign] of rides) {
        sign.sprite.position.set(way.x, way.y + HEIGHTS_M[body], way.z);
        sign.resize(sign.sprite.position.distanceTo(eye));
      }
    },
    at(origin, direction) {
      const met = told.map(({ key, sensor }) => ({ sensor, distance: signs.get(key)?.met(origin, direction, eye) ?? Infinity }));
      const nearest = met.reduce((best, one) => (one.distance < best.distance ? one : best), { sensor: undefined as Sensor | undefined, distance: Infinity });
      return nearest.sensor;
    },
    dispose() {
      keep(signs, new Set());
      keep(rides, new Set());
    },
  };
}

function keep<K>(signs: Map<K, Sign>, wanted: ReadonlySet<K>): void {
  for (const [key, sign] of signs) {
    if (wanted.has(key)) continue;
    sign.dispose();
    signs.delete(key);
  }
}

interface Said {
  readonly name: string;
  readonly more: string;
  readonly value: string;
  readonly words: string;
  readonly age: string;
  readonly doubtful: boolean;
  readonly scale: Scale | undefined;
  readonly reading: number | undefined;
}

function draw(context: CanvasRenderingContext2D, { name, more, value, words, age, doubtful, scale, reading }: Said): number {
  const { widthPx } = SENSOR;
  const room = widthPx - 64;
  if (doubtful) hatch(context);
  context.fillStyle = doubtful ? WARN : scale && reading !== undefined ? cssOf(colourOf(scale, reading)) : ACCENT;
  context.fillRect(0, 0, widthPx, 12);
  context.fillStyle = INK;
  context.font = font(38);
  context.fillText(shortened(context, name, more, room), MARGIN_PX, 44, room);
  context.fillText(age, MARGIN_PX, 180, room);
  context.font = font(62, true);
  context.fillText(value, MARGIN_PX, 100, room);
  const wide = context.measureText(value).width;
  context.font = font(40);
  if (words) context.fillText(words, MARGIN_PX + wide + 16, 104, Math.max(60, room - wide - 16));
  if (scale) drawScale(context, scale, reading, room);
  return widthPx;
}

/** Its steps, or its shades, and a mark where the value is. */
function drawScale(context: CanvasRenderingContext2D, scale: Scale, reading: number | undefined, room: number): void {
  const bands = scale.steps.length || 24;
  for (let i = 0; i < bands; i += 1) {
    context.fillStyle = cssOf(scale.steps.length > 0 ? stepColour(scale, i) : paletteColour(scale.palette, i / (bands - 1)));
    context.fillRect(MARGIN_PX + (room * i) / bands, 138, room / bands + 1, 12);
  }
  if (reading === undefined) return;
  const at = MARGIN_PX + room * markOf(scale, reading);
  context.fillStyle = PAPER;
  context.fillRect(at - 7, 132, 14, 24);
  context.fillStyle = INK;
  context.fillRect(at - 5, 132, 10, 24);
}

/** At the edge only: text on hatching can't be read. */
function hatch(context: CanvasRenderingContext2D): void {
  const { heightPx } = SENSOR;
  context.save();
  context.beginPath();
  context.rect(0, 0, HATCH_PX, heightPx);
  context.clip();
  context.strokeStyle = WARN;
  context.lineWidth = 5;
  context.beginPath();
  for (let y = 0; y < heightPx + HATCH_PX; y += 14) {
    context.moveTo(0, y);
    context.lineTo(HATCH_PX, y - HATCH_PX);
  }
  context.stroke();
  context.restore();
}

/** Its name, and below what else is to be said of it, if anything. */
function drawRide(context: CanvasRenderingContext2D, { name, state, isLate }: ReturnType<typeof rideText>): number {
  const { widthPx, heightPx } = RIDE;
  const room = widthPx - MARGIN_PX;
  context.textAlign = 'center';
  context.fillStyle = INK;
  context.font = font(40, true);
  context.fillText(name, widthPx / 2, state ? 36 : heightPx / 2 + 2, room);
  const nameWidth = context.measureText(name).width;
  context.fillStyle = isLate ? WARN : INK;
  context.font = font(38);
  context.fillText(state, widthPx / 2, 82, room);
  return Math.min(widthPx, Math.max(nameWidth, context.measureText(state).width) + MARGIN_PX);
}
