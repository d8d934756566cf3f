/**
 * Leaves out of three the shaders of materials that nothing here is drawn with: half of its shaders'
 * text, which everybody would fetch before the first picture. Who names one that is missing is told
 * so by three itself, with the first frame.
 */
import type { Plugin } from 'vite';

/** three's renderer; not the copy that others' libraries have for themselves (own-three.ts). */
const RENDERER = /\/three\/build\/three\.module\.js$/;
const CATALOGUE = /const ShaderChunk = \{([^}]*)\};/;
const ENTRY = /^\t(\w+): ([\w$]+),?$/gm;
const INCLUDE = /#include <(\w+)>/g;
/** What three puts in front of every shader by itself. */
const ALWAYS = ['tonemapping_pars_fragment', 'colorspace_pars_fragment'];

/** @param materials names of three's shaders that are drawn with, without `_vert` and `_frag`. */
export function leanThree(materials: readonly string[]): Plugin {
  return {
    name: 'lean-three',
    enforce: 'pre',
    transform(code, id) {
      if (!RENDERER.test(id)) return undefined;
      const catalogue = CATALOGUE.exec(code);
      if (!catalogue) throw new Error('three keeps its shaders elsewhere now: see lean-three.ts');
      const variables = new Map([...catalogue[1].matchAll(ENTRY)].map(([, name, variable]) => [name, variable]));
      const kept = new Set<string>();
      const keep = (name: string): void => {
        const variable = variables.get(name);
        if (!variable) throw new Error(`three has no shader ${name}: see lean-three.ts`);
        if (kept.has(name)) return;
        kept.add(name);
        const start = code.indexOf(`\n${code.includes(`\nvar ${variable} = "`) ? 'var' : 'const'} ${variable} = "`);
        const text = code.slice(start, code.indexOf('";\n', start));
        for (const [, included] of text.matchAll(INCLUDE)) keep(included);
      };
      ALWAYS.forEach(keep);
      for (const material of materials) [`${material}_vert`, `${material}_frag`].forEach(keep);
      const entries = [...kept].map((name) => `\t${name}: ${variables.get(name)}`).join(',\n');
      return code.replace(CATALOGUE, () => `const ShaderChunk = {\n${entries}\n};`);
    },
  };
}
