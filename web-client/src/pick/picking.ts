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
}

export interface Picking {
  /** At normalised device coordinates: −1 to 1, right and up. */
  at(x: number, y: number): Promise<Feature | undefined>;
  /** By identity, as sensors name their building. */
  feature(id: string): Promise<Feature | undefined>;
}

export function createPicking(options: PickingOptions): Picking {
  const { city, camera, session, sensors, panel, select, announce } = options;

  async function show(feature: Feature): Promise<void> {
    select(feature.id);
    announce(strings.picked(feature.name || feature.id));
    panel.feature(feature, undefined, sensors.ofFeature(feature.id));
    if (!feature.parent) return;
    const parent = await fetchFeature(await session.scene, feature.parent);
    if (!parent || !panel.isOpen) return;
    const known = [...sensors.ofFeature(feature.id), ...sensors.ofFeature(parent.id)];
    panel.feature(feature, parent, known);
  }

  return {
    async at(x, y) {
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
      let feature = featureOfRow(table, hit.row);
      // Inner tiles carry only id, class and name; the rest comes by request.
      if (hit.tile.place.children.length > 0) {
        feature = (await fetchFeature(await session.scene, feature.id)) ?? feature;
      }
      await show(feature);
      return feature;
    },
    async feature(id) {
      if (id === '') return undefined;
      const feature = await fetchFeature(await session.scene, id);
      if (feature) await show(feature);
      return feature;
    },
  };
}
