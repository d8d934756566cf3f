/**
 * Gives what is drawn by a library of others a copy of three of its own, in the chunk that it is in.
 *
 * three's core is one module: what anybody uses of it would be in the first view of everybody. The
 * renderer asks things for what they are by their flags, so it draws those of either copy.
 */
import type { Plugin } from 'vite';

const OWN = '?own';
const USERS = /\/node_modules\/3d-tiles-renderer\/|\/src\/foreign\//;
const THREE = /^three(\/|$)/;

export function ownThree(): Plugin {
  return {
    name: 'own-three',
    enforce: 'pre',
    async resolveId(source, importer) {
      if (!importer) return null;
      const isOwn = importer.endsWith(OWN);
      if (!isOwn && !(THREE.test(source) && USERS.test(importer))) return null;
      const found = await this.resolve(source, importer.replace(OWN, ''), { skipSelf: true });
      return found && { ...found, id: `${found.id}${OWN}` };
    },
  };
}
