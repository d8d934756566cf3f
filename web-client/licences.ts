/** Puts the licences of what the build contains beside it: `licences.txt`. */
import { readFileSync } from 'node:fs';

import type { Plugin } from 'vite';

/** @param packages names of the packages whose code or fonts are in the build. */
export function licences(packages: readonly string[]): Plugin {
  return {
    name: 'licences',
    apply: 'build',
    generateBundle() {
      const texts = packages.map((name) => {
        const file = new URL(`./node_modules/${name}/LICENSE`, import.meta.url);
        return `${name}\n${'='.repeat(name.length)}\n\n${readFileSync(file, 'utf8').trim()}\n`;
      });
      this.emitFile({ type: 'asset', fileName: 'licences.txt', source: texts.join('\n\n') });
    },
  };
}
