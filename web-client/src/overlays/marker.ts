/** One sensor as the looks draw it: where it stands, in which colour, and whether its value can be trusted. */
import { sceneToWorld } from '../core/frames';
import type { Rgb } from './palette';
import { isDoubtful } from './reading';
import { colourOf, shareOf } from './scale';
import type { Reading, Sensor } from './sensors';
import type { Style } from './style';

export interface Marker {
  /** Of the CityObject it belongs to, or "". */
  readonly feature: string;
  /** World frame, metres; undefined where it has no place of its own. */
  readonly place: readonly [number, number, number] | undefined;
  readonly colour: Rgb;
  /** Of the scale, 0 to 1. */
  readonly share: number;
  /** Stale, or something speaks against it: it is drawn hatched. */
  readonly doubted: boolean;
}

/** Makes markers; where nothing has changed, it is the same as before. Undefined where there is no value, or no scale. */
export function createMarkers(): (sensor: Sensor, style: Style, serverNowUs: number) => Marker | undefined {
  const made = new WeakMap<Sensor, { readonly reading: Reading; readonly style: Style; readonly marker: Marker }>();
  return (sensor, style, serverNowUs) => {
    const { reading, datastream: { feature, position } } = sensor;
    const { scale } = style;
    if (!reading || !scale) return undefined;
    const doubted = isDoubtful(sensor, serverNowUs);
    const before = made.get(sensor);
    if (before?.reading === reading && before.style === style && before.marker.doubted === doubted) return before.marker;
    const next = { feature, place: position && sceneToWorld(position), colour: colourOf(scale, reading.value), share: rounded(shareOf(scale, reading.value)), doubted };
    const marker = before && looksLike(before.marker, next) ? before.marker : next;
    made.set(sensor, { reading, style, marker });
    return marker;
  };
}

/** Finer steps nobody sees. */
const STEPS = 128;

function rounded(share: number): number {
  return Math.round(share * STEPS) / STEPS;
}

function looksLike(one: Marker, other: Marker): boolean {
  const samePlace = one.place === other.place || (one.place !== undefined && other.place !== undefined && one.place.every((c, i) => c === other.place![i]));
  return samePlace && one.feature === other.feature && one.share === other.share && one.doubted === other.doubted && one.colour.every((c, i) => c === other.colour[i]);
}

/** Where one looks from, world frame. */
export interface From {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** The nearest that have a place, nearest first, at most so many. */
export function nearest(markers: readonly Marker[], { x, y, z }: From, most: number): readonly (Marker & { readonly place: readonly [number, number, number] })[] {
  return markers
    .filter((marker): marker is Marker & { place: readonly [number, number, number] } => marker.place !== undefined)
    .map((marker) => ({ marker, away: Math.hypot(marker.place[0] - x, marker.place[1] - y, marker.place[2] - z) }))
    .sort((a, b) => a.away - b.away)
    .slice(0, most)
    .map(({ marker }) => marker);
}
