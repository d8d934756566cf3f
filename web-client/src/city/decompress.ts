/** Decodes the compressed buffer views of a tile (EXT_meshopt_compression). Loaded in the worker only. */
import { MeshoptDecoder } from 'three/examples/jsm/libs/meshopt_decoder.module.js';

import { ProtocolError } from '../protocol/fields';
import { checkedRange, type CompressedView, type Glb } from '../protocol/glb';

const MOST_BYTES = 256 * 1024 * 1024;

/** @returns a GLB whose second buffer holds what its views decode to. */
export async function decompressed(glb: Glb): Promise<Glb> {
  const views = glb.json.bufferViews ?? [];
  const packed = views.flatMap(({ byteOffset = 0, byteLength, extensions }) => {
    const view = extensions?.EXT_meshopt_compression;
    return view ? [{ byteOffset, byteLength, view }] : [];
  });
  if (packed.length === 0) return glb;
  await MeshoptDecoder.ready;
  const size = glb.json.buffers?.[1]?.byteLength ?? 0;
  if (!(size > 0 && size <= MOST_BYTES)) throw new ProtocolError("a tile's decoded buffer is missing or too long");
  const decoded = new Uint8Array(size);
  for (const { byteOffset, byteLength, view } of packed) {
    const target = checkedRange(decoded, byteOffset, byteLength);
    if (view.count * view.byteStride !== byteLength) throw new ProtocolError("a tile's compressed rows don't fit");
    decode(target, view, checkedRange(glb.bin, view.byteOffset ?? 0, view.byteLength));
  }
  return { ...glb, decoded };
}

function decode(target: Uint8Array, { count, byteStride, mode, filter = 'NONE' }: CompressedView, source: Uint8Array): void {
  try {
    MeshoptDecoder.decodeGltfBuffer(target, count, byteStride, source, mode, filter);
  } catch (error) {
    throw new ProtocolError("a tile's compressed data is damaged", { cause: error });
  }
}
