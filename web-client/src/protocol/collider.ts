/** Reads a collider cell (docs/contract/scene.md, "Colliders") into the world frame's axes. */
import { ProtocolError } from './fields';

export interface ColliderMesh {
  /** x, y up, z; relative to the cell's translation. */
  readonly positions: Float32Array<ArrayBuffer>;
  readonly indices: Uint32Array<ArrayBuffer>;
  /** Pairs: the key of a feature (key.ts), and how many of the next triangles are its. Empty where nobody says. */
  readonly features: Uint32Array<ArrayBuffer>;
}

const MAGIC = [0x43, 0x56, 0x43, 0x4f, 0x4c, 0x4c, 0x00, 0x01];
const HEADER_BYTES = 16;

export function parseCollider(bytes: Uint8Array): ColliderMesh {
  if (bytes.length < HEADER_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new ProtocolError('a collider is of an unknown format');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const vertices = view.getUint32(8, true);
  const triangles = view.getUint32(12, true);
  const end = HEADER_BYTES + 12 * (vertices + triangles);
  if (end > bytes.length || (bytes.length - end) % 8 !== 0) {
    throw new ProtocolError('a collider is cut short');
  }
  const positions = new Float32Array(vertices * 3);
  for (let i = 0; i < vertices; i += 1) {
    const at = HEADER_BYTES + 12 * i;
    positions[3 * i] = view.getFloat32(at, true);
    positions[3 * i + 1] = view.getFloat32(at + 8, true);
    positions[3 * i + 2] = -view.getFloat32(at + 4, true);
  }
  const indices = new Uint32Array(triangles * 3);
  for (let i = 0; i < indices.length; i += 1) {
    const index = view.getUint32(HEADER_BYTES + 12 * vertices + 4 * i, true);
    if (index >= vertices) throw new ProtocolError('a collider points at a vertex it lacks');
    indices[i] = index;
  }
  const features = new Uint32Array((bytes.length - end) / 4);
  let told = 0;
  for (let i = 0; i < features.length; i += 1) {
    features[i] = view.getUint32(end + 4 * i, true);
    if (i % 2 === 1) told += features[i];
  }
  if (features.length > 0 && told !== triangles) throw new ProtocolError('a collider has too many or too few features');
  return { positions, indices, features };
}
