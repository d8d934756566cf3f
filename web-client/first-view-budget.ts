/**
 * Keeps the script until the first view small, and fetched early.
 *
 * The page's entry opens the stream and then asks for `main`; a preload in the page lets the
 * browser fetch that at once. The build fails when entry, main, what they import and the worker
 * that they start are together larger than the limit, gzipped.
 */
import { gzipSync } from 'node:zlib';

import type { Plugin } from 'vite';

interface Chunk {
  readonly type: string;
  readonly fileName: string;
  readonly code?: string;
  readonly source?: string | Uint8Array;
  readonly isEntry?: boolean;
  readonly facadeModuleId?: string | null;
  readonly imports?: readonly string[];
}

export function firstViewBudget({ limitBytes }: { limitBytes: number }): Plugin {
  return {
    name: 'first-view-budget',
    enforce: 'post',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle }) {
        if (!bundle) return html;
        const tags = firstViewChunks(bundle)
          .filter(({ isEntry }) => !isEntry)
          .map(({ fileName }) => ({
            tag: 'link',
            attrs: { rel: 'modulepreload', crossorigin: true, href: `/${fileName}` },
            injectTo: 'head' as const,
          }))
          .filter(({ attrs }) => !html.includes(attrs.href));
        return { html, tags };
      },
    },
    writeBundle(_, bundle) {
      const chunks = firstViewChunks(bundle);
      const files = [...chunks, ...workersOf(chunks, bundle)];
      const sizes = files.map((file) => ({ name: file.fileName, bytes: gzipSync(content(file), { level: 9 }).length }));
      const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
      const list = sizes.map(({ name, bytes }) => `  ${name}: ${bytes} bytes`).join('\n');
      this.info(`script until the first view, gzipped: ${total} of ${limitBytes} bytes\n${list}`);
      if (total > limitBytes) {
        this.error(`script until the first view is ${total} bytes gzipped; the limit is ${limitBytes}`);
      }
    },
  };
}

function firstViewChunks(bundle: Readonly<Record<string, Chunk>>): Chunk[] {
  const chunks = Object.values(bundle).filter(({ type }) => type === 'chunk');
  const wanted = new Set<Chunk>();
  const add = (chunk: Chunk | undefined): void => {
    if (!chunk || wanted.has(chunk)) return;
    wanted.add(chunk);
    for (const name of chunk.imports ?? []) add(bundle[name]);
  };
  for (const chunk of chunks) {
    if (chunk.isEntry || chunk.facadeModuleId?.endsWith('/src/main.ts')) add(chunk);
  }
  return [...wanted];
}

/** Those that these chunks start; others come later. */
function workersOf(chunks: readonly Chunk[], bundle: Readonly<Record<string, Chunk>>): Chunk[] {
  const isStarted = ({ fileName }: Chunk): boolean => chunks.some(({ code }) => code?.includes(fileName));
  return Object.values(bundle).filter((file) => /worker-[^/]+\.js$/.test(file.fileName) && isStarted(file));
}

function content({ code, source }: Chunk): string | Uint8Array {
  return code ?? source ?? '';
}
