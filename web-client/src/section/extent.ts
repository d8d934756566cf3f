/** How far a building reaches along its own axes: its box, in the scene's, may hold corners of its neighbours. */
import { Vector3 } from 'three';

import type { Tile } from '../city/city';
import type { Building } from '../protocol/buildings';
import type { SceneLayer } from '../protocol/messages';
import type { Area } from './cut';
import { boxArea, MARGIN_M } from './settings';

/** Layers that buildings with storeys are drawn in (docs/contract/scene.md). */
const LAYERS: ReadonlySet<string> = new Set(['shells', 'interiors']);

/** @param tiles those that are shown; the whole box where none shows anything of the building. */
export function extentOf(building: Building, tiles: Iterable<Tile>, layers: readonly SceneLayer[]): Area {
  const { box: [low, high], turn } = building;
  const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
  const reach = [Infinity, -Infinity, Infinity, -Infinity];
  const place = new Vector3();
  for (const { place: { layer }, content: { source: { positions } }, mesh } of tiles) {
    if (!LAYERS.has(layers[layer].name)) continue;
    for (let i = 0; i < positions.length; i += 4) {
      const { x, y, z } = place.set(positions[i], positions[i + 1], positions[i + 2]).applyMatrix4(mesh.matrixWorld);
      if (x < low[0] - MARGIN_M || x > high[0] + MARGIN_M || -z < low[1] - MARGIN_M || -z > high[1] + MARGIN_M || y < low[2] - MARGIN_M) continue;
      const across = x * cosine + z * sine;
      const along = x * sine - z * cosine;
      reach[0] = Math.min(reach[0], across);
      reach[1] = Math.max(reach[1], across);
      reach[2] = Math.min(reach[2], along);
      reach[3] = Math.max(reach[3], along);
    }
  }
  if (reach[0] > reach[1]) return boxArea(building);
  const [across, along] = [(reach[0] + reach[1]) / 2, (reach[2] + reach[3]) / 2];
  return {
    x: across * cosine + along * sine,
    z: across * sine - along * cosine,
    turn,
    halfX: (reach[1] - reach[0]) / 2 + MARGIN_M,
    halfY: (reach[3] - reach[2]) / 2 + MARGIN_M,
  };
}
