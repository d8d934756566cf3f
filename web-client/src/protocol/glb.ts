/** GLB 2.0 container and accessors: only what docs/contract/scene.md lets a tile contain. */
import { ProtocolError } from './fields';

const MAGIC = 0x46546c67;
const JSON_CHUNK = 0x4e4f534a;
const BIN_CHUNK = 0x004e4942;
const MAX_JSON_BYTES = 4 * 1024 * 1024;

/** EXT_meshopt_compression: `count` rows of `byteStride` bytes. */
export interface CompressedView {
  readonly byteOffset?: number;
  readonly byteLength: number;
  readonly byteStride: number;
  readonly count: number;
  readonly mode: string;
  readonly filter?: string;
}

export interface GltfBufferView {
  readonly buffer?: number;
  readonly byteOffset?: number;
  readonly byteLength: number;
  readonly byteStride?: number;
  readonly extensions?: { readonly EXT_meshopt_compression?: CompressedView };
}

interface GltfAccessor {
  readonly bufferView: number;
  readonly byteOffset?: number;
  readonly componentType: number;
  readonly count: number;
  readonly type: string;
}

export interface GltfPrimitive {
  readonly attributes: Readonly<Record<string, number>>;
  readonly indices: number;
  readonly material?: number;
}

export interface GltfMaterial {
  readonly name?: string;
  readonly alphaMode?: string;
  readonly pbrMetallicRoughness?: { readonly baseColorTexture?: { readonly index: number } };
}

export interface Gltf {
  readonly accessors: readonly GltfAccessor[];
  readonly bufferViews: readonly GltfBufferView[];
  readonly buffers?: readonly { readonly byteLength: number }[];
  readonly materials?: readonly GltfMaterial[];
  readonly textures?: readonly {
    readonly source?: number;
    readonly sampler?: number;
    readonly extensions?: { readonly EXT_texture_webp?: { readonly source: number } };
  }[];
  readonly images?: readonly { readonly bufferView?: number; readonly mimeType?: string }[];
  readonly samplers?: readonly { readonly wrapS?: number; readonly wrapT?: number }[];
  readonly meshes: readonly { readonly primitives: readonly GltfPrimitive[] }[];
  readonly nodes: readonly {
    readonly mesh?: number;
    readonly translation?: readonly number[];
    readonly scale?: readonly number[];
    readonly name?: string;
    readonly extensions?: {
      readonly EXT_mesh_gpu_instancing?: { readonly attributes: Readonly<Record<string, number>> };
    };
  }[];
  readonly extensions?: { readonly EXT_structural_metadata?: StructuralMetadata };
}

export interface MetadataProperty {
  readonly name?: string;
  readonly type: string;
  readonly componentType?: string;
  readonly noData?: unknown;
  readonly default?: string | number | boolean;
}

export interface StructuralMetadata {
  readonly schema: {
    readonly classes: Readonly<
      Record<string, { readonly properties: Readonly<Record<string, MetadataProperty>> }>
    >;
  };
  readonly propertyTables: readonly {
    readonly class: string;
    readonly count: number;
    readonly properties: Readonly<
      Record<
        string,
        { readonly values: number; readonly stringOffsets?: number; readonly stringOffsetType?: string }
      >
    >;
  }[];
}

export interface Glb {
  readonly json: Gltf;
  readonly bin: Uint8Array;
  /** Buffer 1: what compressed views decode to (city/decompress.ts). */
  readonly decoded?: Uint8Array;
}

export function parseGlb(bytes: Uint8Array): Glb {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 20 || view.getUint32(0, true) !== MAGIC) {
    throw new ProtocolError('a tile is not a GLB');
  }
  if (view.getUint32(4, true) !== 2 || view.getUint32(8, true) > bytes.byteLength) {
    throw new ProtocolError('a tile is cut short or of another GLB version');
  }
  const jsonLength = view.getUint32(12, true);
  const jsonEnd = 20 + jsonLength;
  if (view.getUint32(16, true) !== JSON_CHUNK || jsonLength > MAX_JSON_BYTES || jsonEnd > bytes.length) {
    throw new ProtocolError("a tile's JSON is missing or too long");
  }
  const text = new TextDecoder().decode(bytes.subarray(20, jsonEnd));
  let json: Gltf;
  try {
    json = JSON.parse(text) as Gltf;
  } catch (error) {
    throw new ProtocolError("a tile's JSON can't be read", { cause: error });
  }
  if (jsonEnd + 8 > bytes.length) return { json, bin: new Uint8Array(0) };
  const binLength = view.getUint32(jsonEnd, true);
  if (view.getUint32(jsonEnd + 4, true) !== BIN_CHUNK || jsonEnd + 8 + binLength > bytes.length) {
    throw new ProtocolError("a tile's binary chunk is cut short");
  }
  return { json, bin: bytes.subarray(jsonEnd + 8, jsonEnd + 8 + binLength) };
}

/** The bytes of a buffer view, checked to lie inside its buffer. */
export function bufferViewBytes({ json, bin, decoded }: Glb, index: number): Uint8Array {
  const view = json.bufferViews[index];
  const buffer = view?.buffer === 1 ? decoded : bin;
  if (!view || !buffer) throw new ProtocolError("a tile's buffer view has no buffer");
  return checkedRange(buffer, view.byteOffset ?? 0, view.byteLength);
}

/** A part of a buffer, checked to lie inside it. */
export function checkedRange(buffer: Uint8Array, start: number, length: number): Uint8Array {
  const end = start + length;
  if (!(start >= 0 && end >= start && end <= buffer.byteLength)) {
    throw new ProtocolError("a tile's buffer view lies outside its data");
  }
  return buffer.subarray(start, end);
}

const COMPONENTS: Readonly<Record<string, number>> = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4 };

/** Reads element `element`, component `component` of an accessor, without normalisation. */
export interface AccessorReader {
  readonly componentType: number;
  readonly count: number;
  readonly read: (element: number, component: number) => number;
}

export const INT8 = 5120;
export const UINT8 = 5121;
export const INT16 = 5122;
export const UINT16 = 5123;
export const UINT32 = 5125;
export const FLOAT32 = 5126;

const SIZES: Readonly<Record<number, number>> = {
  [INT8]: 1,
  [UINT8]: 1,
  [INT16]: 2,
  [UINT16]: 2,
  [UINT32]: 4,
  [FLOAT32]: 4,
};

export function accessorReader(glb: Glb, index: number, type: string): AccessorReader {
  const accessor = glb.json.accessors[index];
  if (!accessor || accessor.type !== type) throw new ProtocolError(`a tile lacks a ${type} accessor`);
  const bytes = bufferViewBytes(glb, accessor.bufferView);
  const size = SIZES[accessor.componentType];
  if (!size) throw new ProtocolError('a tile has an accessor of an unknown type');
  const element = size * COMPONENTS[type];
  const stride = glb.json.bufferViews[accessor.bufferView].byteStride ?? element;
  const offset = accessor.byteOffset ?? 0;
  const { count, componentType } = accessor;
  const last = offset + (count - 1) * stride + element;
  if (!Number.isSafeInteger(count) || count < 1 || stride < element || offset < 0 || last > bytes.length) {
    throw new ProtocolError("a tile's accessor lies outside its data");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { count, componentType, read: readers(view, offset, stride)[componentType] };
}

function readers(view: DataView, offset: number, stride: number): Record<number, AccessorReader['read']> {
  return {
    [INT8]: (e, c) => view.getInt8(offset + e * stride + c),
    [UINT8]: (e, c) => view.getUint8(offset + e * stride + c),
    [INT16]: (e, c) => view.getInt16(offset + e * stride + 2 * c, true),
    [UINT16]: (e, c) => view.getUint16(offset + e * stride + 2 * c, true),
    [UINT32]: (e, c) => view.getUint32(offset + e * stride + 4 * c, true),
    [FLOAT32]: (e, c) => view.getFloat32(offset + e * stride + 4 * c, true),
  };
}
