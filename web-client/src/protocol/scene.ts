/** The part of scene.json that the client uses (docs/contract/scene.md); `manifest.ts` reads it. */
import type { Vec3 } from '../core/frames';

export interface Attribution {
  readonly text: string;
  readonly licence: string;
}

export interface SceneLayer {
  readonly name: string;
  readonly title: string;
  readonly kind: string;
  readonly reality: string;
  readonly features: number;
}

export interface SpawnPoint {
  readonly name: string;
  /** Scene frame, on the floor. */
  readonly position: Vec3;
  readonly heading_deg: number;
}

/** What others made and the server can't stream. */
export interface Tileset {
  readonly title: string;
  /** Of its tileset.json, in the scene. */
  readonly path: string;
}

/** A feature that looks otherwise in a variant. */
export interface Restyle {
  readonly id: string;
  /** A colour, `#rrggbb`, or a material: green, paving, road, soil. */
  readonly look: string;
  /** The look in words. */
  readonly label: string;
}

/** What the scene may become. */
export interface Variant {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Numbers of the layers that it adds. */
  readonly layers: readonly number[];
  /** Identities of the features that make room for it. */
  readonly hides: readonly string[];
  readonly restyles: readonly Restyle[];
  /** The file that says what is inside of its buildings, from the scene's address; '' for none. */
  readonly buildings: string;
  /** Where one stands to see what it adds. */
  readonly view: SpawnPoint | undefined;
}

/** The part of scene.json that the client uses. */
export interface Manifest {
  readonly name: string;
  readonly title: string;
  /** Degrees east and north: where its sun stands is computed from. */
  readonly origin: { readonly lon: number; readonly lat: number };
  readonly extent: { readonly min: Vec3; readonly max: Vec3 };
  readonly layers: readonly SceneLayer[];
  readonly tilesets: readonly Tileset[];
  readonly variants: readonly Variant[];
  readonly spawn_points: readonly SpawnPoint[];
  readonly attributions: readonly Attribution[];
  readonly collider_cell_m: number;
  /** The file that says what is inside of buildings, from the scene's address; '' for none. */
  readonly buildings: string;
}
