/** The main thread's side of the worker that makes the trees of colliders. */
import type { MeshBVH } from 'three-mesh-bvh';

import type { ColliderMesh } from '../protocol/collider';
import { treeOf, unpacked } from './ground-tree';
import type { GroundReply, GroundRequest } from './ground-worker';

/** A cell that can be stood on. */
export interface Grown {
  readonly mesh: ColliderMesh;
  readonly tree: MeshBVH;
}

export type GroundMaker = (mesh: ColliderMesh) => Promise<Grown>;

interface Waiting {
  readonly mesh: ColliderMesh;
  readonly resolve: (grown: Grown) => void;
}

export function createGroundMaker(): GroundMaker {
  const worker = new Worker(new URL('./ground-worker.ts', import.meta.url), { type: 'module' });
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let isLost = false;

  worker.onmessage = ({ data: { id, tree, indices } }: MessageEvent<GroundReply>) => {
    const asked = waiting.get(id);
    if (!asked) return;
    waiting.delete(id);
    const mesh = { ...asked.mesh, indices };
    asked.resolve({ mesh, tree: unpacked(mesh, tree) });
  };
  // It could not be loaded: one walks all the same.
  worker.onerror = () => {
    isLost = true;
    for (const { mesh, resolve } of waiting.values()) resolve({ mesh, tree: treeOf(mesh) });
    waiting.clear();
  };

  return (mesh) => {
    if (isLost) return Promise.resolve({ mesh, tree: treeOf(mesh) });
    const id = (lastId += 1);
    return new Promise((resolve) => {
      waiting.set(id, { mesh, resolve });
      worker.postMessage({ id, mesh } satisfies GroundRequest);
    });
  };
}
