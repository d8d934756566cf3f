/** scene.json as `welcome` and `scene` carry it (docs/contract/scene.md). */
import { asFields, boolean, integer, list, number, optionalString, ProtocolError, string, vec3, type Fields } from './fields';
import type { Attribution, Manifest, Restyle, SceneLayer, Variant } from './messages';
import type { SpawnPoint } from './scene';

/**
 * Layers that others made are layers like all others where the server streams them.
 *
 * @throws ProtocolError where it breaks the contract.
 */
export function readManifest(f: Fields): Manifest {
  if (string(f, 'schema') !== 'citiverse-scene/1') {
    throw new ProtocolError('this scene was made for another version of CitiVerse');
  }
  const extent = asFields(f.extent, 'extent');
  const origin = asFields(f.origin, 'origin');
  const foreign = f.foreign === undefined ? [] : list(f, 'foreign').map(readForeign);
  // Layers that others made and that come by the stream are numbered behind the scene's own, and those of variants last.
  const layers = [...list(f, 'layers').map(readLayer), ...foreign.filter(({ streamed }) => streamed)];
  const variants = f.variants === undefined ? [] : list(f, 'variants').map((value) => readVariant(value, layers));
  return {
    name: string(f, 'name'),
    title: string(f, 'title'),
    origin: { lon: number(origin, 'lon'), lat: number(origin, 'lat') },
    extent: { min: vec3(extent, 'min'), max: vec3(extent, 'max') },
    layers,
    tilesets: foreign.filter(({ streamed }) => !streamed),
    variants,
    spawn_points: list(f, 'spawn_points').map(readSpawnPoint),
    attributions: [...readAttributions(f), ...foreign.flatMap(({ attributions }) => attributions)],
    collider_cell_m: number(f, 'collider_cell_m'),
    buildings: optionalString(f, 'buildings'),
  };
}

function readLayer(value: unknown): SceneLayer {
  const layer = asFields(value, 'layer');
  return {
    name: string(layer, 'name'),
    title: optionalString(layer, 'title'),
    kind: string(layer, 'kind'),
    reality: optionalString(layer, 'reality'),
    features: integer(layer, 'features'),
  };
}

interface ForeignLayer extends SceneLayer {
  readonly streamed: boolean;
  readonly path: string;
  readonly attributions: readonly Attribution[];
}

function readForeign(value: unknown): ForeignLayer {
  const layer = asFields(value, 'foreign layer');
  return {
    ...readLayer({ ...layer, kind: 'foreign' }),
    streamed: boolean(layer, 'streamed'),
    path: string(layer, 'tileset'),
    attributions: readAttributions(layer),
  };
}

/** @param layers all that come before; those of the variant are added. */
function readVariant(value: unknown, layers: SceneLayer[]): Variant {
  const variant = asFields(value, 'variant');
  const added = list(variant, 'layers').map(readLayer);
  const first = layers.length;
  layers.push(...added);
  return {
    name: string(variant, 'name'),
    title: string(variant, 'title'),
    description: optionalString(variant, 'description'),
    layers: added.map((_, i) => first + i),
    hides: list(variant, 'hides').map(String),
    restyles: variant.restyles === undefined ? [] : list(variant, 'restyles').map(readRestyle),
    buildings: optionalString(variant, 'buildings'),
    view: variant.view === undefined ? undefined : readSpawnPoint(variant.view),
  };
}

function readSpawnPoint(value: unknown): SpawnPoint {
  const point = asFields(value, 'spawn point');
  return {
    name: optionalString(point, 'name'),
    position: vec3(point, 'position'),
    heading_deg: number(point, 'heading_deg'),
  };
}

function readRestyle(value: unknown): Restyle {
  const restyle = asFields(value, 'restyle');
  return { id: string(restyle, 'id'), look: string(restyle, 'look'), label: optionalString(restyle, 'label') };
}

function readAttributions(f: Fields): Attribution[] {
  return list(f, 'attributions').map((value) => {
    const attribution = asFields(value, 'attribution');
    return { text: optionalString(attribution, 'text'), licence: optionalString(attribution, 'licence') };
  });
}
