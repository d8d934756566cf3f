/** Puts src/head.ts into the page, with what it imports: what it does can't wait for a file. */
import { fileURLToPath } from 'node:url';

import { build, type Plugin } from 'vite';

const ENTRY = fileURLToPath(new URL('./src/head.ts', import.meta.url));
const PLACE = '<!-- head.ts -->';

export function inlineHead(): Plugin {
  return {
    name: 'inline-head',
    transformIndexHtml: {
      order: 'pre',
      async handler(html) {
        if (!html.includes(PLACE)) throw new Error(`index.html has no ${PLACE}`);
        const code = await bundled();
        return html.replace(PLACE, () => `<script>${code}</script>`);
      },
    },
  };
}

/** One classic script whose exports are on `citiverseHead`. */
async function bundled(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      lib: { entry: ENTRY, formats: ['iife'], name: 'citiverseHead' },
    },
  });
  const [output] = Array.isArray(result) ? result : [];
  const [chunk] = output?.output ?? [];
  if (chunk?.type !== 'chunk') throw new Error('src/head.ts makes no script');
  return chunk.code.trim();
}
