/**
 * Reads the preview of a proposal: a GLB as docs/contract/http.md, "Proposals", has it.
 *
 * Triangles with places, normals and colours; images are left away, for it is drawn as a sketch.
 */
import { BufferAttribute, BufferGeometry, Group, Matrix4, Mesh, Quaternion, Vector3, type Material } from 'three';

import { bufferViewBytes, FLOAT32, INT16, INT8, parseGlb, UINT16, UINT32, UINT8, type Glb } from '../protocol/glb';
import { ProtocolError } from '../protocol/fields';

/** Parts of a node's `extras`. */
export interface Part {
  /** Id of its storey, or "". */
  readonly storey: string;
  readonly part: string;
}

interface Node {
  readonly mesh?: number;
  readonly children?: readonly number[];
  readonly matrix?: readonly number[];
  readonly translation?: readonly number[];
  readonly rotation?: readonly number[];
  readonly scale?: readonly number[];
  readonly extras?: Partial<Part>;
}

interface Accessor {
  readonly bufferView?: number;
  readonly byteOffset?: number;
  readonly componentType: number;
  readonly count: number;
  readonly type: string;
  readonly normalized?: boolean;
}

interface Primitive {
  readonly attributes: Readonly<Record<string, number>>;
  readonly indices?: number;
  readonly material?: number;
  readonly mode?: number;
}

interface Document {
  readonly scene?: number;
  readonly scenes?: readonly { readonly nodes?: readonly number[] }[];
  readonly nodes?: readonly Node[];
  readonly meshes?: readonly { readonly primitives: readonly Primitive[] }[];
  readonly accessors?: readonly Accessor[];
  readonly materials?: readonly { readonly pbrMetallicRoughness?: { readonly baseColorFactor?: readonly number[] }; readonly alphaMode?: string }[];
}

const TRIANGLES = 4;
const DEEPEST = 64;
const MOST_NODES = 200_000;
const GREY: readonly number[] = [0.8, 0.8, 0.8, 1];

/**
 * @param solid what opaque parts are drawn with, @param clear what glass is drawn with; both by vertex colours.
 * @throws ProtocolError where it isn't a GLB that can be drawn.
 */
export function readModel(bytes: Uint8Array, solid: Material, clear: Material): Group {
  const glb = parseGlb(bytes);
  // What tiles may hold is less than what a GLB may.
  const json = glb.json as unknown as Document;
  const model = new Group();
  let seen = 0;

  function add(number: number, parent: Group, depth: number): void {
    const node = json.nodes?.[number];
    seen += 1;
    if (!node || depth > DEEPEST || seen > MOST_NODES) throw new ProtocolError('the preview has nodes in a circle, or too many');
    const group = new Group();
    place(group, node);
    group.userData = { storey: String(node.extras?.storey ?? ''), part: String(node.extras?.part ?? '') } satisfies Part;
    for (const primitive of json.meshes?.[node.mesh ?? -1]?.primitives ?? []) {
      if ((primitive.mode ?? TRIANGLES) !== TRIANGLES) continue;
      const { pbrMetallicRoughness, alphaMode } = json.materials?.[primitive.material ?? -1] ?? {};
      const mesh = new Mesh(geometryOf(glb, json, primitive, pbrMetallicRoughness?.baseColorFactor ?? GREY), alphaMode === 'BLEND' ? clear : solid);
      mesh.castShadow = alphaMode !== 'BLEND';
      group.add(mesh);
    }
    parent.add(group);
    for (const child of node.children ?? []) add(child, group, depth + 1);
  }

  for (const root of json.scenes?.[json.scene ?? 0]?.nodes ?? []) add(root, model, 0);
  model.updateMatrixWorld(true);
  return model;
}

/** What it takes on the graphics card is given back. */
export function forget(model: Group): void {
  model.traverse((part) => part instanceof Mesh && (part.geometry as BufferGeometry).dispose());
}

function place(group: Group, { matrix, translation, rotation, scale }: Node): void {
  const place = new Matrix4();
  if (matrix?.length === 16) place.fromArray(matrix);
  else {
    const [x, y, z] = translation ?? [0, 0, 0];
    const [a, b, c, w] = rotation ?? [0, 0, 0, 1];
    const [sx, sy, sz] = scale ?? [1, 1, 1];
    place.compose(new Vector3(x, y, z), new Quaternion(a, b, c, w), new Vector3(sx, sy, sz));
  }
  place.decompose(group.position, group.quaternion, group.scale);
}

function geometryOf(glb: Glb, json: Document, { attributes, indices }: Primitive, factor: readonly number[]): BufferGeometry {
  const geometry = new BufferGeometry();
  const positions = floats(glb, json, attributes.POSITION, 3);
  const vertices = positions.length / 3;
  geometry.setAttribute('position', new BufferAttribute(positions, 3));
  if (indices !== undefined) geometry.setIndex(new BufferAttribute(indicesOf(glb, json, indices, vertices), 1));
  if (attributes.NORMAL === undefined) geometry.computeVertexNormals();
  else geometry.setAttribute('normal', new BufferAttribute(floats(glb, json, attributes.NORMAL, 3, vertices), 3));
  geometry.setAttribute('color', new BufferAttribute(colours(glb, json, attributes.COLOR_0, factor, vertices), 3));
  return geometry;
}

/** Linear, as glTF has both factor and vertex colours. */
function colours(glb: Glb, json: Document, accessor: number | undefined, factor: readonly number[], vertices: number): Float32Array {
  const size = json.accessors?.[accessor ?? -1]?.type === 'VEC4' ? 4 : 3;
  const own = accessor === undefined ? undefined : floats(glb, json, accessor, size, vertices);
  const [r, g, b] = factor;
  const all = new Float32Array(3 * vertices);
  for (let i = 0; i < vertices; i += 1) {
    all[3 * i] = r * (own?.[size * i] ?? 1);
    all[3 * i + 1] = g * (own?.[size * i + 1] ?? 1);
    all[3 * i + 2] = b * (own?.[size * i + 2] ?? 1);
  }
  return all;
}

const ARRAYS = {
  [INT8]: Int8Array,
  [UINT8]: Uint8Array,
  [INT16]: Int16Array,
  [UINT16]: Uint16Array,
  [UINT32]: Uint32Array,
  [FLOAT32]: Float32Array,
} as const;
/** What a normalised integer is divided by (glTF 2.0, 3.6.2.2). */
const UNITS: Readonly<Record<number, number>> = { [INT8]: 127, [UINT8]: 255, [INT16]: 32_767, [UINT16]: 65_535 };
const TYPES = ['', 'SCALAR', 'VEC2', 'VEC3', 'VEC4'];

/** Components of an accessor, one behind the other. */
function components(glb: Glb, json: Document, number: number, size: number, wanted?: number) {
  const accessor = json.accessors?.[number];
  const Type = ARRAYS[accessor?.componentType as keyof typeof ARRAYS];
  if (!accessor || !Type || accessor.bufferView === undefined || accessor.type !== TYPES[size] || (wanted ?? accessor.count) !== accessor.count) {
    throw new ProtocolError('the preview has an accessor that cannot be used');
  }
  const bytes = bufferViewBytes(glb, accessor.bufferView);
  const element = size * Type.BYTES_PER_ELEMENT;
  const stride = glb.json.bufferViews[accessor.bufferView].byteStride ?? element;
  const offset = accessor.byteOffset ?? 0;
  const { count } = accessor;
  if (!Number.isSafeInteger(count) || count < 0 || stride < element || offset < 0 || offset + (count - 1) * stride + element > bytes.length) {
    throw new ProtocolError('the preview has an accessor outside of its data');
  }
  const packed = new Uint8Array(count * element);
  if (stride === element) packed.set(bytes.subarray(offset, offset + count * element));
  else for (let i = 0; i < count; i += 1) packed.set(bytes.subarray(offset + i * stride, offset + i * stride + element), i * element);
  return { values: new Type(packed.buffer), accessor };
}

function floats(glb: Glb, json: Document, number: number | undefined, size: number, wanted?: number): Float32Array {
  const { values, accessor } = components(glb, json, number ?? -1, size, wanted);
  if (values instanceof Float32Array) return values;
  const unit = accessor.normalized ? UNITS[accessor.componentType] ?? 1 : 1;
  return Float32Array.from(values, (value) => value / unit);
}

function indicesOf(glb: Glb, json: Document, number: number, vertices: number): Uint32Array {
  const { values } = components(glb, json, number, 1);
  for (const value of values) if (!(value < vertices)) throw new ProtocolError('the preview points at a vertex it lacks');
  return Uint32Array.from(values);
}
