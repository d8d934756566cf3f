/** The worker: inflates and decodes content off the main thread, and keeps it for the next visit. */
import { parseCollider, type ColliderMesh } from '../protocol/collider';
import { parseGlb } from '../protocol/glb';
import { inflate } from '../protocol/inflate';
import type { Encoding } from '../protocol/messages';
import type { Change, Shelf } from '../shelf/shelf';
import { createWaiting } from '../shelf/waiting';
import { decodeTile, type TileGeometry } from './decode';
import { decompressed } from './decompress';
import { decodeImages, imageBytes } from './pictures';

/** A tile with its images, one for each row of `Picture.image`. */
export interface DecodedTile extends TileGeometry {
  readonly bitmaps: readonly ImageBitmap[];
}

export interface DecodeRequest {
  readonly id: number;
  readonly kind: 'tile' | 'collider';
  readonly hash: string;
  readonly encoding: Encoding;
  /** Whether nothing else keeps it: content with an address is the browser's own concern. */
  readonly keep: boolean;
  readonly content: Uint8Array<ArrayBuffer>;
}

/**
 * `prepare`: something will be taken off the shelf. `shelve`: the picture is whole, and from now on
 * there is time to write down what came.
 */
export interface ShelfRequest {
  readonly kind: 'prepare' | 'shelve';
}

export type DecodeReply =
  | { readonly id: number; readonly kind: 'tile'; readonly value: DecodedTile }
  | { readonly id: number; readonly kind: 'collider'; readonly value: ColliderMesh }
  | { readonly id: number; readonly kind: 'lacking' }
  | { readonly id: number; readonly kind: 'failed'; readonly message: string };

export interface Shelved extends Change {
  readonly kind: 'shelved';
}

interface WorkerScope {
  onmessage: ((event: MessageEvent<DecodeRequest | ShelfRequest>) => void) | null;
  postMessage(reply: DecodeReply | Shelved, transfer: Transferable[]): void;
}

const scope = self as unknown as WorkerScope;

const toShelve = createWaiting();
let opening: Promise<Shelf | undefined> | undefined;

/** Undefined where its code can't be had, as the line has just been cut: then nothing is kept. */
function shelf(): Promise<Shelf | undefined> {
  const tell = (change: Change): void => scope.postMessage({ kind: 'shelved', ...change }, []);
  return (opening ??= import('../shelf/open').then(
    ({ openShelf }) => openShelf(toShelve, tell),
    () => (opening = undefined),
  ));
}

/** What comes together is written together. */
const GATHER_MS = 1000;
let mayWrite = false;
let writing: ReturnType<typeof setTimeout> | undefined;

function writeSoon(): void {
  if (!mayWrite) return;
  clearTimeout(writing);
  writing = setTimeout(() => void shelf().then((it) => it?.write()), GATHER_MS);
}

scope.onmessage = ({ data }) => {
  if (data.kind === 'tile' || data.kind === 'collider') return answer(data);
  if (data.kind === 'prepare') return void shelf().then((it) => it?.prepare());
  mayWrite = true;
  writeSoon();
};

function answer(request: DecodeRequest): void {
  void decode(request).then(
    (reply) => scope.postMessage(reply, transferables(reply)),
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      scope.postMessage({ id: request.id, kind: 'failed', message }, []);
    },
  );
}

async function decode(request: DecodeRequest): Promise<DecodeReply> {
  const { id, kind } = request;
  const bytes = await contentOf(request);
  if (!bytes) return { id, kind: 'lacking' };
  if (kind === 'tile') {
    const { images, ...tile } = decodeTile(await decompressed(parseGlb(bytes)));
    const bitmaps = await decodeImages(images);
    return { id, kind, value: { ...tile, bitmaps, bytes: tile.bytes + imageBytes(bitmaps) } };
  }
  return { id, kind, value: parseCollider(bytes) };
}

/** Undefined where it is said to be held, and isn't. */
async function contentOf({ hash, encoding, content, keep }: DecodeRequest): Promise<Uint8Array | undefined> {
  if (encoding === 'held') {
    const kept = await (await shelf())?.take(hash);
    if (kept) writeSoon();
    return kept;
  }
  const bytes = await inflate(content, encoding);
  if (keep) {
    toShelve.put({ hash, encoding, content });
    writeSoon();
  }
  return bytes;
}

function transferables(reply: DecodeReply): Transferable[] {
  if (reply.kind === 'failed' || reply.kind === 'lacking') return [];
  if (reply.kind === 'collider') return [reply.value.positions.buffer, reply.value.indices.buffer];
  const { positions, normals, features, bays, kinds, paints, uvs, indices, copies, plants, bitmaps } = reply.value;
  const arrays = [positions, normals, features, bays, kinds, indices, ...(paints ? [paints] : []), ...(uvs ? [uvs] : [])];
  for (const copied of copies) {
    arrays.push(copied.positions, copied.normals, copied.kinds, copied.indices, copied.matrices, copied.whose);
    if (copied.paints) arrays.push(copied.paints);
  }
  if (plants) arrays.push(plants.shapes, plants.rows, plants.seeds, plants.kinds);
  return [...arrays.map((array) => array.buffer), ...bitmaps];
}
