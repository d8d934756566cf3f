/** The messages of docs/contract/protocol.md, version 1, as the client holds them. */
import type { Quat, Vec3 } from '../core/frames';

export const PROTOCOL = [1, 0] as const;

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

/** The part of scene.json that the client uses. */
export interface Manifest {
  readonly name: string;
  readonly title: string;
  /** Degrees east and north: where its sun stands is computed from. */
  readonly origin: { readonly lon: number; readonly lat: number };
  readonly extent: { readonly min: Vec3; readonly max: Vec3 };
  readonly layers: readonly SceneLayer[];
  readonly spawn_points: readonly SpawnPoint[];
  readonly attributions: readonly Attribution[];
  readonly collider_cell_m: number;
}

export type Encoding = 'identity' | 'gzip' | 'held';

export interface Welcome {
  readonly t: 'welcome';
  readonly session: string;
  readonly resume: string;
  readonly epoch: number;
  /** Server time, microseconds since 1970 UTC. */
  readonly time: number;
  readonly window_bytes: number;
  readonly manifest: Manifest;
  readonly resumed: boolean;
}

export interface Place {
  readonly t: 'place';
  readonly tile: number;
  readonly layer: number;
  readonly parent: number;
  readonly level: number;
  readonly children: readonly number[];
  /** Scene frame: min x, y, z, max x, y, z. */
  readonly box: readonly number[];
  /** Scene frame. */
  readonly translation: Vec3;
  readonly hash: string;
  readonly encoding: Encoding;
  readonly content: Uint8Array;
}

export interface Collider {
  readonly t: 'collider';
  readonly cell: readonly [number, number];
  readonly layer: number;
  readonly translation: Vec3;
  readonly hash: string;
  readonly encoding: Encoding;
  readonly content: Uint8Array;
}

export interface Drop {
  readonly t: 'drop';
  readonly tiles: readonly number[];
}

export interface DropColliders {
  readonly t: 'drop_colliders';
  readonly cells: readonly (readonly [number, number, number])[];
}

export interface Complete {
  readonly t: 'complete';
  readonly seq: number;
  readonly degraded: boolean;
}

export interface Datastream {
  readonly id: number;
  readonly key: string;
  readonly name: string;
  readonly observed_property: string;
  readonly unit: string;
  /** Identity of the CityObject it belongs to, or "". */
  readonly feature: string;
  /** Scene frame. */
  readonly position: Vec3 | undefined;
  readonly stale_after_s: number;
}

export interface Datastreams {
  readonly t: 'datastreams';
  readonly datastreams: readonly Datastream[];
}

export interface Observations {
  readonly t: 'observations';
  /** Server time, microseconds since 1970 UTC. */
  readonly time: number;
  readonly ids: Uint32Array;
  readonly values: Float64Array;
  /** Phenomenon times, microseconds since 1970 UTC. */
  readonly times: Float64Array;
}

export interface Pong {
  readonly t: 'pong';
  readonly id: number;
  readonly time: number;
}

export interface ServerError {
  readonly t: 'error';
  readonly code: string;
  readonly message: string;
  readonly fatal: boolean;
}

export type ServerMessage =
  | Welcome
  | Place
  | Collider
  | Drop
  | DropColliders
  | Complete
  | Datastreams
  | Observations
  | Pong
  | ServerError;

export interface Hello {
  readonly t: 'hello';
  readonly protocol: readonly [number, number];
  readonly scene: string;
  readonly profile?: string;
  readonly budget_bytes?: number;
  readonly resume?: string;
  readonly have?: readonly Uint8Array[];
}

export interface View {
  readonly t: 'view';
  readonly seq: number;
  /** Eye, scene frame. */
  readonly position: Vec3;
  readonly orientation: Quat;
  readonly velocity?: Vec3;
  /** Vertical and horizontal, radians. */
  readonly fov: readonly [number, number];
  /** Width and height, pixels. */
  readonly viewport: readonly [number, number];
}

export type ClientMessage =
  | Hello
  | View
  | { readonly t: 'credit'; readonly bytes: number }
  | { readonly t: 'evicted'; readonly tiles: readonly number[] }
  | { readonly t: 'pause'; readonly paused: boolean }
  | { readonly t: 'ping'; readonly id: number };
