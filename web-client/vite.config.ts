import { defineConfig } from 'vite';

import { compactGlsl } from './compact-glsl.ts';
import { compressed } from './compressed.ts';
import { firstViewBudget } from './first-view-budget.ts';
import { inlineHead } from './inline-head.ts';
import { leanThree } from './lean-three.ts';
import { licences } from './licences.ts';
import { ownThree } from './own-three.ts';

export default defineConfig({
  base: '/',
  build: {
    outDir: '../server/citiverse_server/static',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' },
  plugins: [
    leanThree(['depth', 'meshbasic', 'meshlambert', 'sprite']),
    ownThree(),
    inlineHead(),
    compactGlsl(),
    firstViewBudget({ limitBytes: 200 * 1024 }),
    licences(['3d-tiles-renderer', '@fontsource/atkinson-hyperlegible', '@msgpack/msgpack', 'three', 'three-mesh-bvh', 'uplot']),
    compressed(),
  ],
});
