/** buildings.json: storeys and rooms (docs/contract/scene.md). Metres in the scene frame. */
import type { Vec3 } from '../core/frames';
import { asFields, list, number, numbers, optionalString, ProtocolError, string, vec3, type Fields } from './fields';
import type { Manifest } from './scene';

export interface Storey {
  /** Identity of the feature. */
  readonly id: string;
  readonly name: string;
  /** Heights of its floor, and of the next one above. */
  readonly floor: number;
  readonly ceiling: number;
}

export interface Room {
  readonly id: string;
  readonly name: string;
  /** Identity of its storey, '' where it is in none. */
  readonly storey: string;
  /** Corners east and north, counter-clockwise; empty where nobody knows. */
  readonly outline: readonly (readonly [number, number])[];
  readonly floor: number;
  readonly ceiling: number;
}

export interface Building {
  readonly id: string;
  readonly name: string;
  readonly box: readonly [Vec3, Vec3];
  /** Height of its ground floor. */
  readonly floor: number;
  /** Where its own y axis points: radians, clockwise from north. */
  readonly turn: number;
  /** From below to above. */
  readonly storeys: readonly Storey[];
  readonly rooms: readonly Room[];
  /** Name of the variant that it stands in, '' for the scene as it is. */
  readonly variant: string;
}

/**
 * All buildings of a scene and of its variants that say what is inside of them. Files that can't be had count as empty:
 * a city can be walked in without.
 *
 * @param ask fetches a file's JSON by its path on the server.
 */
export async function buildingsOf(
  manifest: Manifest,
  ask: (path: string) => Promise<unknown> = fetched,
): Promise<Building[]> {
  const files = [
    { variant: '', path: manifest.buildings },
    ...manifest.variants.map(({ name, buildings }) => ({ variant: name, path: buildings })),
  ].filter(({ path }) => path);
  const found = files.map(async ({ variant, path }) => {
    try {
      return readBuildings(asFields(await ask(`/scenes/${manifest.name}/${path}`), 'buildings'), variant);
    } catch (error) {
      console.warn(`${path}: ${String(error)}`);
      return [];
    }
  });
  return (await Promise.all(found)).flat();
}

/** @throws ProtocolError where it breaks the contract. */
export function readBuildings(f: Fields, variant = ''): Building[] {
  return list(f, 'buildings').map((value) => {
    const building = asFields(value, 'building');
    const box = list(building, 'box');
    return {
      id: string(building, 'id'),
      name: optionalString(building, 'name'),
      box: [vec3({ min: box[0] }, 'min'), vec3({ max: box[1] }, 'max')],
      floor: number(building, 'floor'),
      turn: number(building, 'turn'),
      storeys: list(building, 'storeys').map(readStorey),
      rooms: list(building, 'rooms').map(readRoom),
      variant,
    };
  });
}

function readStorey(value: unknown): Storey {
  const storey = asFields(value, 'storey');
  return {
    id: string(storey, 'id'),
    name: optionalString(storey, 'name'),
    floor: number(storey, 'floor'),
    ceiling: number(storey, 'ceiling'),
  };
}

function readRoom(value: unknown): Room {
  const room = asFields(value, 'room');
  return {
    ...readStorey(room),
    storey: optionalString(room, 'storey'),
    outline: list(room, 'outline').map((corner) => numbers({ corner }, 'corner', 2) as [number, number]),
  };
}

async function fetched(path: string): Promise<unknown> {
  const response = await fetch(path, { headers: { Accept: 'application/json' } });
  if (!response.ok) throw new ProtocolError(`the server answers ${response.status}`);
  return response.json();
}
