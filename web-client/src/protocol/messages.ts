/** The messages of docs/contract/protocol.md, version 1, as the client holds them. */
import type { Quat, Vec3 } from '../core/frames';
import type { Manifest } from './scene';
import type { Heard, Movers, Readings, SensorList } from './sensor-messages';

export type { Attribution, Manifest, Restyle, SceneLayer, SpawnPoint, Tileset, Variant } from './scene';
export type { Datastream, Heard, MoverInfo, Movers, Readings, SensorList, StyleRule } from './sensor-messages';

export const PROTOCOL = [1, 3] as const;

export type Role = 'visitor' | 'host';

export type Encoding = 'identity' | 'gzip' | 'held' | 'reference';

export interface Welcome {
  readonly t: 'welcome';
  readonly protocol: readonly number[];
  readonly session: string;
  readonly resume: string;
  readonly epoch: number;
  /** How often this scene has been made anew since. */
  readonly revision: number;
  /** Server time, microseconds since 1970 UTC. */
  readonly time: number;
  readonly window_bytes: number;
  readonly manifest: Manifest;
  readonly resumed: boolean;
  readonly role: Role;
  /** Your own number. */
  readonly person: number;
  /** Your own name, as the server took or gave it. */
  readonly name: string;
}

/** The city has been made anew, in the same frame: what follows has new numbers. */
export interface Scene {
  readonly t: 'scene';
  readonly revision: number;
  readonly manifest: Manifest;
}

export type MakingState = 'reading' | 'writing' | 'failed' | 'done';

/** How far the making of the city is. */
export interface Making {
  readonly t: 'making';
  readonly state: MakingState;
  /** 0 to 1. */
  readonly done: number;
  /** A sentence where it failed, else "". */
  readonly message: string;
}

export interface Content {
  readonly hash: string;
  readonly encoding: Encoding;
  readonly content: Uint8Array;
  /** Where `content` is only the beginning: the number under which the rest comes. */
  readonly parcel?: number;
  /** … and the length of the whole; also of what is to be fetched, as it is counted. */
  readonly size?: number;
  /** Where it is to be fetched. */
  readonly url?: string;
  /** Bytes of the content that were returned by `credit` before it was whole. */
  readonly returned?: number;
}

export interface Place extends Content {
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
  /** Nothing of it can be seen from where the viewer is: it holds up nobody until its content comes. */
  readonly hidden?: boolean;
}

export interface Collider extends Content {
  readonly t: 'collider';
  readonly cell: readonly [number, number];
  readonly layer: number;
  /** All that have something in this cell, those of every variant too. */
  readonly layers: readonly number[];
  readonly translation: Vec3;
}

/** Never on the wire: a tile of which the content isn't whole yet. */
export interface Begun {
  readonly t: 'begun';
  readonly place: Place;
}

/** The next bytes of content that has begun to come. */
export interface Part {
  readonly t: 'part';
  readonly parcel: number;
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

export interface Visible {
  readonly t: 'visible';
  readonly seq: number;
}

export interface Complete {
  readonly t: 'complete';
  readonly seq: number;
  readonly degraded: boolean;
}

export interface Pong {
  readonly t: 'pong';
  readonly id: number;
  readonly time: number;
}

export interface PersonEntry {
  readonly person: number;
  readonly name: string;
  readonly role: Role;
}

export interface People {
  readonly t: 'people';
  readonly joined: readonly PersonEntry[];
  readonly left: readonly number[];
}

/** Where people are, in columns; n near, m farther off. Lengths as in the contract. */
export interface PresenceFrame {
  readonly t: 'presence';
  /** Server time, microseconds since 1970 UTC. */
  readonly time: number;
  /** Scene frame. */
  readonly origin: Vec3;
  readonly near: Uint16Array;
  /** Centimetres from `origin`, three for each person. */
  readonly near_offsets: Int16Array;
  /** Heading and pitch, tenths of a degree. */
  readonly near_turns: Int16Array;
  readonly far: Uint16Array;
  /** Decimetres from `origin`, three for each person. */
  readonly far_offsets: Int16Array;
  /** Heading, 256ths of a turn. */
  readonly far_turns: Uint8Array;
  /** Person whose hand it is; two in a row are left and right. */
  readonly hands: Uint16Array;
  /** Centimetres from `origin`, three for each hand. */
  readonly hand_offsets: Int16Array;
  readonly gone: Uint16Array;
}

export interface Comment {
  readonly id: number;
  /** Microseconds since 1970 UTC. */
  readonly time: number;
  readonly name: string;
  readonly role: Role;
  readonly text: string;
  /** Identity of the feature it hangs on, or "". */
  readonly feature: string;
  /** The point, scene frame. */
  readonly position: Vec3;
  /** The viewpoint it was made from, scene frame. */
  readonly eye: Vec3;
  readonly orientation: Quat;
  readonly hidden: boolean;
  /** The one that was looked at, "" for the scene as it is. */
  readonly variant: string;
}

export interface Comments {
  readonly t: 'comments';
  readonly comments: readonly Comment[];
}

/** A comment is on the disk. */
export interface Commented {
  readonly t: 'commented';
  readonly key: string;
  readonly id: number;
  readonly time: number;
}

export interface ServerError {
  readonly t: 'error';
  readonly code: string;
  readonly message: string;
  readonly fatal: boolean;
  /** Of the comment that was refused, or "". */
  readonly key: string;
}

/** What one hears of the server; `Part` comes beside, on the wire only. */
export type ServerMessage =
  | Welcome
  | Scene
  | Making
  | Place
  | Collider
  | Drop
  | DropColliders
  | Begun
  | Visible
  | Complete
  | SensorList
  | Readings
  | Movers
  | People
  | PresenceFrame
  | Comments
  | Commented
  | Pong
  | ServerError;

export interface Hello {
  readonly t: 'hello';
  readonly protocol: readonly [number, number];
  readonly scene: string;
  readonly profile?: string;
  readonly budget_bytes?: number;
  /** An invitation. */
  readonly token?: string;
  readonly name?: string;
  readonly resume?: string;
  readonly have?: readonly Uint8Array[];
  /** The first 8 bytes of each hash of what the browser keeps. */
  readonly kept?: Uint8Array;
  /** Whether content may come by its address. */
  readonly references?: boolean;
  /** What is known of the sensors. */
  readonly heard?: Heard;
  /** What one looks with, from where everyone arrives; as in `view`. */
  readonly start?: Pick<View, 'fov' | 'viewport'>;
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

export interface Pose {
  readonly t: 'pose';
  /** Eye, scene frame. */
  readonly position: Vec3;
  /** Radians, clockwise from north. */
  readonly heading: number;
  /** Radians, up. */
  readonly pitch: number;
  /** Left and right, scene frame; in a headset. */
  readonly hands?: readonly Vec3[];
}

/** How one saw what one comments on. */
export interface Seen {
  /** Left out: the scene as it is. */
  readonly variant?: string;
  /** From the lower to the upper edge of the picture, radians. */
  readonly fov?: number;
  /** What cuts it open, scene frame: a point of each plane, and where nothing is shown. */
  readonly planes?: readonly (readonly number[])[];
}

export interface CommentMessage extends Seen {
  readonly t: 'comment';
  /** Random; the same comment sent again has the same. */
  readonly key: string;
  readonly text: string;
  readonly feature?: string;
  readonly position: Vec3;
  readonly eye: Vec3;
  readonly orientation: Quat;
}

export type ClientMessage =
  | Hello
  | View
  | Pose
  | CommentMessage
  | { readonly t: 'rename'; readonly name: string }
  | { readonly t: 'block'; readonly person: number; readonly blocked: boolean }
  | { readonly t: 'hide'; readonly comment: number; readonly hidden: boolean; readonly reason: string }
  | { readonly t: 'credit'; readonly bytes: number }
  | { readonly t: 'evicted'; readonly tiles: readonly number[]; readonly revision: number; readonly full?: boolean }
  /** As in hello: what the browser keeps from now on. */
  | { readonly t: 'kept'; readonly hashes: Uint8Array }
  | {
      readonly t: 'missing';
      readonly tiles: readonly number[];
      readonly cells: readonly (readonly [number, number, number])[];
      readonly revision: number;
    }
  | { readonly t: 'pause'; readonly paused: boolean }
  /** Looked at from now on; "" is the scene as it is. */
  | { readonly t: 'variant'; readonly variant: string }
  /** Shown from now on; nothing is sent of others. Without properties: all. */
  | { readonly t: 'overlays'; readonly properties?: readonly string[]; readonly movers: boolean }
  | { readonly t: 'ping'; readonly id: number };
