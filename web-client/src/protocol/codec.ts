/** Bytes of a frame ↔ typed messages. Nothing unchecked passes: see fields.ts for the limits. */
import { decode, encode } from '@msgpack/msgpack';

import type { Quat } from '../core/frames';
import {
  asFields,
  boolean,
  bytes,
  hashHex,
  integer,
  integers,
  list,
  number,
  numbers,
  optionalString,
  ProtocolError,
  string,
  vec3,
  type Fields,
} from './fields';
import type {
  ClientMessage,
  Comment,
  Content,
  MakingState,
  Part,
  PersonEntry,
  Role,
  ServerMessage,
} from './messages';
import { readManifest } from './manifest';
import { readPresence } from './presence';
import { readMovers, readReadings, readSensors } from './readings';

/** A frame longer than this is refused unread. */
export const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

export function encodeClientMessage(message: ClientMessage): Uint8Array<ArrayBuffer> {
  return encode(message, { ignoreUndefined: true });
}

/**
 * Reads one frame. Binary fields are views into `frame`.
 *
 * @returns `undefined` for a message type this client doesn't know.
 * @throws ProtocolError where a frame breaks the contract.
 */
export function decodeServerMessage(frame: Uint8Array): ServerMessage | Part | undefined {
  if (frame.byteLength > MAX_MESSAGE_BYTES) {
    throw new ProtocolError(`a message of ${frame.byteLength} bytes is too long`);
  }
  let value: unknown;
  try {
    value = decode(frame);
  } catch (error) {
    throw new ProtocolError('a message is not MessagePack', { cause: error });
  }
  const fields = asFields(value, 'message');
  const type = string(fields, 't');
  return Object.hasOwn(READERS, type) ? READERS[type](fields) : undefined;
}

const READERS: Readonly<Record<string, (fields: Fields) => ServerMessage | Part>> = {
  welcome: (f) => ({
    t: 'welcome',
    protocol: integers(f, 'protocol', 2),
    session: string(f, 'session'),
    resume: string(f, 'resume'),
    epoch: integer(f, 'epoch'),
    revision: integer(f, 'revision'),
    time: integer(f, 'time'),
    window_bytes: integer(f, 'window_bytes'),
    manifest: readManifest(asFields(f.manifest, 'manifest')),
    resumed: boolean(f, 'resumed'),
    role: readRole(f),
    person: integer(f, 'person'),
    name: string(f, 'name'),
  }),
  scene: (f) => ({
    t: 'scene',
    revision: integer(f, 'revision'),
    manifest: readManifest(asFields(f.manifest, 'manifest')),
  }),
  making: (f) => ({
    t: 'making',
    state: readMaking(string(f, 'state')),
    done: number(f, 'done'),
    message: string(f, 'message'),
  }),
  place: (f) => ({
    t: 'place',
    tile: integer(f, 'tile'),
    layer: integer(f, 'layer'),
    parent: integer(f, 'parent'),
    level: integer(f, 'level'),
    children: readChildren(f),
    box: numbers(f, 'box', 6),
    translation: vec3(f, 'translation'),
    ...(f.hidden !== undefined && { hidden: boolean(f, 'hidden') }),
    ...readContent(f),
  }),
  collider: (f) => ({
    t: 'collider',
    cell: integers(f, 'cell', 2) as unknown as readonly [number, number],
    layer: integer(f, 'layer'),
    layers: f.layers === undefined ? [] : integers(f, 'layers'),
    translation: vec3(f, 'translation'),
    ...readContent(f),
  }),
  part: (f) => ({ t: 'part', parcel: integer(f, 'parcel'), content: bytes(f, 'content') }),
  drop: (f) => ({ t: 'drop', tiles: integers(f, 'tiles') }),
  drop_colliders: (f) => ({ t: 'drop_colliders', cells: list(f, 'cells').map(readCell) }),
  visible: (f) => ({ t: 'visible', seq: integer(f, 'seq') }),
  complete: (f) => ({
    t: 'complete',
    seq: integer(f, 'seq'),
    degraded: boolean(f, 'degraded'),
  }),
  sensors: readSensors,
  readings: readReadings,
  movers: readMovers,
  people: (f) => ({
    t: 'people',
    joined: list(f, 'joined').map((entry) => readPerson(asFields(entry, 'person'))),
    left: integers(f, 'left'),
  }),
  presence: readPresence,
  comments: (f) => ({
    t: 'comments',
    comments: list(f, 'comments').map((entry) => readComment(asFields(entry, 'comment'))),
  }),
  commented: (f) => ({ t: 'commented', key: string(f, 'key'), id: integer(f, 'id'), time: integer(f, 'time') }),
  pong: (f) => ({ t: 'pong', id: integer(f, 'id'), time: integer(f, 'time') }),
  error: (f) => ({
    t: 'error',
    code: string(f, 'code'),
    message: string(f, 'message'),
    fatal: boolean(f, 'fatal'),
    key: optionalString(f, 'key'),
  }),
};

/** Rows of the tree come after their parent's (docs/contract/scene.md), so a tree can't be a ring. */
function readChildren(f: Fields): readonly number[] {
  const tile = integer(f, 'tile');
  const children = integers(f, 'children');
  if (children.some((child) => child <= tile)) throw new ProtocolError('a tile comes before its parent');
  return children;
}

const NO_CONTENT = new Uint8Array(0);

function readContent(f: Fields): Content {
  const encoding = string(f, 'encoding');
  if (encoding === 'reference') {
    const url = string(f, 'url');
    return { hash: hashHex(f, 'hash'), encoding, content: NO_CONTENT, size: integer(f, 'size'), url };
  }
  if (encoding !== 'identity' && encoding !== 'gzip' && encoding !== 'held') {
    throw new ProtocolError(`the encoding "${encoding}" is unknown`);
  }
  const content = encoding === 'held' ? NO_CONTENT : bytes(f, 'content');
  const read: Content = { hash: hashHex(f, 'hash'), encoding, content };
  if (f.parcel === undefined) return read;
  const size = integer(f, 'size');
  if (size <= content.byteLength || size > MAX_MESSAGE_BYTES) throw new ProtocolError('"size" should be that of a parcel');
  return { ...read, parcel: integer(f, 'parcel'), size };
}

function readCell(value: unknown): readonly [number, number, number] {
  return integers({ cell: value }, 'cell', 3) as unknown as readonly [number, number, number];
}

/** A role that this client doesn't know has no more rights than a visitor's. */
function readRole(f: Fields): Role {
  return string(f, 'role') === 'host' ? 'host' : 'visitor';
}

function readMaking(state: string): MakingState {
  if (state === 'reading' || state === 'writing' || state === 'failed' || state === 'done') return state;
  throw new ProtocolError(`the state "${state}" is unknown`);
}

function readPerson(f: Fields): PersonEntry {
  return { person: integer(f, 'person'), name: string(f, 'name'), role: readRole(f) };
}

function readComment(f: Fields): Comment {
  return {
    id: integer(f, 'id'),
    time: integer(f, 'time'),
    name: string(f, 'name'),
    role: readRole(f),
    text: string(f, 'text'),
    feature: string(f, 'feature'),
    position: vec3(f, 'position'),
    eye: vec3(f, 'eye'),
    orientation: numbers(f, 'orientation', 4) as unknown as Quat,
    hidden: boolean(f, 'hidden'),
    variant: optionalString(f, 'variant'),
  };
}
