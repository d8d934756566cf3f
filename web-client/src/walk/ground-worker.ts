/** A worker: makes the trees of colliders off the main thread. */
import type { ColliderMesh } from '../protocol/collider';
import { packed, treeOf, type PackedTree } from './ground-tree';

export interface GroundRequest {
  readonly id: number;
  readonly mesh: ColliderMesh;
}

export interface GroundReply {
  readonly id: number;
  readonly tree: PackedTree;
  /** In the tree's order, where that isn't told by itself. */
  readonly indices: Uint32Array<ArrayBuffer>;
}

interface WorkerScope {
  onmessage: ((event: MessageEvent<GroundRequest>) => void) | null;
  postMessage(reply: GroundReply, transfer: Transferable[]): void;
}

const scope = self as unknown as WorkerScope;

scope.onmessage = ({ data: { id, mesh } }) => {
  const tree = packed(treeOf(mesh));
  const order = tree.order ? [tree.order.buffer] : [];
  scope.postMessage({ id, tree, indices: mesh.indices }, [mesh.indices.buffer, ...tree.roots, ...order]);
};
