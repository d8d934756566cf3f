/** From a place on the screen, or an identity, to the panel that tells about it. */
import { Ray, Vector3, type Camera } from 'three';

import type { City } from '../city/city';
import type { Session } from '../net/session';
import type { Sensors } from '../overlays/sensors';
import type { Panel } from '../ui/panel';
import { strings } from '../ui/strings';
import { featureOfRow, fetchFeature, type Feature } from './feature';

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
}

export interface Picking {
  /** At normalised device coordinates: −1 to 1, right and up. */
  at(x: number, y: number): Promise<Feature | undefined>;
  /** By identity, as sensors name their building. */
  feature(id: string): Promise<Feature | undefined>;
}

export function createPicking(options: PickingOptions): Picking {
  const { city, camera, session, sensors, panel, select, announce } = options;
  let asked = 0;

  /** `turn`: an answer that comes after the next question is not shown. */
  async function show(feature: Feature, turn: number): Promise<void> {
    if (turn !== asked) return;
    select(feature.id);
    panel.feature(feature, undefined, sensors.ofFeature(feature.id));
    if (!feature.parent) return;
    const parent = await fetchFeature(session.scene, feature.parent);
    if (!parent || !panel.isOpen || turn !== asked) return;
    const known = [...sensors.ofFeature(feature.id), ...sensors.ofFeature(parent.id)];
    panel.feature(feature, parent, known);
  }

  return {
    async at(x, y) {
      const turn = (asked += 1);
      const { raycastTiles } = await import('./raycast');
      const origin = new Vector3().setFromMatrixPosition(camera.matrixWorld);
      const direction = new Vector3(x, y, 0.5).unproject(camera).sub(origin).normalize();
      const hit = raycastTiles(city.shown(), new Ray(origin, direction));
      const table = hit?.tile.content.source.table;
      if (!hit || hit.row < 0 || !table) {
        panel.close();
        announce(strings.nothingHere);
        return undefined;
      }
      let feature = featureOfRow(table, hit.row, options.reality(hit.tile.place.layer));
      // Inner tiles carry only id, class and name; the rest comes by request.
      if (hit.tile.place.children.length > 0) {
        feature = (await fetchFeature(session.scene, feature.id)) ?? feature;
      }
      await show(feature, turn);
      return feature;
    },
    async feature(id) {
      if (id === '') return undefined;
      const turn = (asked += 1);
      const feature = await fetchFeature(session.scene, id);
      if (feature) await show(feature, turn);
      return feature;
    },
  };
}
