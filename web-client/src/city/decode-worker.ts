/** The worker: inflates and decodes content off the main thread. */
import { parseCollider, type ColliderMesh } from '../protocol/collider';
import { parseGlb } from '../protocol/glb';
import { inflate } from '../protocol/inflate';
import type { Encoding } from '../protocol/messages';
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
  readonly encoding: Encoding;
  readonly content: Uint8Array<ArrayBuffer>;
}

export type DecodeReply =
  | { readonly id: number; readonly kind: 'tile'; readonly value: DecodedTile }
  | { readonly id: number; readonly kind: 'collider'; readonly value: ColliderMesh }
  | { readonly id: number; readonly kind: 'failed'; readonly message: string };

interface WorkerScope {
  onmessage: ((event: MessageEvent<DecodeRequest>) => void) | null;
  postMessage(reply: DecodeReply, transfer: Transferable[]): void;
}

const scope = self as unknown as WorkerScope;

scope.onmessage = ({ data }) => {
  void decode(data).then(
    (reply) => scope.postMessage(reply, transferables(reply)),
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      scope.postMessage({ id: data.id, kind: 'failed', message }, []);
    },
  );
};

async function decode({ id, kind, encoding, content }: DecodeRequest): Promise<DecodeReply> {
  const bytes = await inflate(content, encoding);
  if (kind === 'tile') {
    const { images, ...tile } = decodeTile(await decompressed(parseGlb(bytes)));
    const bitmaps = await decodeImages(images);
    return { id, kind, value: { ...tile, bitmaps, bytes: tile.bytes + imageBytes(bitmaps) } };
  }
  return { id, kind, value: parseCollider(bytes) };
}

function transferables(reply: DecodeReply): Transferable[] {
  if (reply.kind === 'failed') return [];
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
