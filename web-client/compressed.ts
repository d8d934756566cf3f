/** Puts a brotli variant of each text beside it, for the server to send: it is made once, and well. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

import type { Plugin } from 'vite';

const TEXT = /\.(css|html|js|svg|txt|json)$/;

export function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    enforce: 'post',
    writeBundle({ dir }, bundle) {
      if (dir === undefined) return;
      for (const file of Object.values(bundle)) {
        if (!TEXT.test(file.fileName)) continue;
        const content = Buffer.from(file.type === 'chunk' ? file.code : file.source);
        const packed = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } });
        if (packed.length < content.length) writeFileSync(join(dir, `${file.fileName}.br`), packed);
      }
    },
  };
}
