/** From a place on the screen, a ray or an identity to a feature, and to the panel that tells about it. */
import { Ray, Vector3, type Camera } from 'three';

import type { City } from '../city/city';
import type { Vec3 } from '../core/frames';
import type { Session } from '../net/session';
import type { Sensors } from '../overlays/sensors';
import type { Cut, CutPlane } from '../section/cut';
import type { Panel } from '../ui/panel';
import { strings } from '../ui/strings';
import { featureOfRow, fetchFeature, type Feature } from './feature';
import type { Pointer } from './pointer';

/** What a ray met: a feature, the ground, or nothing. */
export interface Spot {
  readonly feature: Feature | undefined;
  /** World frame; undefined where nothing was met. */
  readonly point: Vec3 | undefined;
  /** What cuts open what is looked at, world frame; undefined where nothing does. */
  readonly planes?: readonly CutPlane[];
}

export interface PickingOptions {
  readonly city: City;
  readonly camera: Camera;
  readonly session: Session;
  readonly sensors: Sensors;
  readonly panel: Panel;
  /** Highlights a feature, "" for none. */
  readonly select: (id: string) => void;
  readonly announce: (text: string) => void;
  /** What a layer shows: `measured`, `imagined`, … */
  readonly reality: (layer: number) => string;
  /** What else can be done with what the panel tells about. */
  readonly actions: (spot: Spot) => readonly Node[];
}

export interface Picking {
  /** Asks at a place of the picture, and shows the panel. */
  at(pointer: Pointer): Promise<Feature | undefined>;
  /** By identity, as sensors name their building; `point` is where it was asked about, world frame. */
  feature(id: string, point: Vec3 | undefined): Promise<Feature | undefined>;
  /** From now on it is told where one picks, and nothing is shown; undefined: as before. */
  lend(taker: ((pointer: Pointer) => void) | undefined): void;
  /** What is there, without showing it. */
  spotAt(pointer: Pointer): Promise<Spot>;
  /** @param direction of length 1, world frame. */
  spotAlong(origin: Vector3, direction: Vector3): Promise<Spot>;
  /** From now on nothing is met that a cut takes away. */
  cut(now: Cut | undefined): void;
}

export function createPicking(options: PickingOptions): Picking {
  const { city, camera, session, sensors, panel, select, announce } = options;
  let asked = 0;
  let cut: Cut | undefined;
  let taker: ((pointer: Pointer) => void) | undefined;

  /** `turn`: an answer that comes after the next question is not shown. */
  async function show(feature: Feature, spot: Spot, turn: number): Promise<void> {
    if (turn !== asked) return;
    select(feature.id);
    const actions = options.actions(spot);
    await panel.feature(feature, undefined, sensors.ofFeature(feature.id), actions);
    if (!feature.parent) return;
    const parent = await fetchFeature(session.scene, feature.parent);
    if (!parent || !panel.isOpen || turn !== asked) return;
    const known = [...sensors.ofFeature(feature.id), ...sensors.ofFeature(parent.id)];
    await panel.feature(feature, parent, known, actions);
  }

  async function spotAlong(origin: Vector3, direction: Vector3): Promise<Spot> {
    const { raycastTiles } = await import('./raycast');
    const hit = raycastTiles(city.shown(), new Ray(origin, direction), cut);
    const planes = cut?.planes;
    if (!hit) return { feature: undefined, point: undefined, planes };
    const { tile, row } = hit;
    const point: Vec3 = [hit.point.x, hit.point.y, hit.point.z];
    const { table } = tile.content.source;
    if (row < 0 || !table) return { feature: undefined, point, planes };
    const feature = featureOfRow(table, row, options.reality(tile.place.layer));
    // Inner tiles carry only id, class and name; the rest comes by request.
    const whole = tile.place.children.length > 0 ? await fetchFeature(session.scene, feature.id) : undefined;
    return { feature: whole ?? feature, point, planes };
  }

  function spotAt({ x, y }: Pointer): Promise<Spot> {
    const origin = new Vector3().setFromMatrixPosition(camera.matrixWorld);
    return spotAlong(origin, new Vector3(x, y, 0.5).unproject(camera).sub(origin).normalize());
  }

  return {
    async at(pointer) {
      if (taker) {
        taker(pointer);
        return undefined;
      }
      const turn = (asked += 1);
      const spot = await spotAt(pointer);
      if (!spot.feature) {
        if (turn === asked) {
          panel.close();
          announce(strings.nothingHere);
        }
        return undefined;
      }
      await show(spot.feature, spot, turn);
      return spot.feature;
    },
    async feature(id, point) {
      if (id === '') return undefined;
      const turn = (asked += 1);
      const feature = await fetchFeature(session.scene, id);
      if (feature) await show(feature, { feature, point }, turn);
      return feature;
    },
    lend: (to) => (taker = to),
    spotAt,
    spotAlong,
    cut: (now) => void (cut = now),
  };
}
