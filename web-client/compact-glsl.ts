/** Takes comments and indents out of shaders: the browser's compiler needs neither, and the line carries them. */
import type { Plugin } from 'vite';

/** Of three, whose shaders are quoted text with its line ends written as `\n`. */
const THREE = /\/three\/build\/three\.\w+\.js$/;
const QUOTED = /"(?:[^"\\\n]|\\.)*\\n(?:[^"\\\n]|\\.)*"/g;
const OURS = /\/\* glsl \*\/ `[^`]*`/g;

export function compactGlsl(): Plugin {
  return {
    name: 'compact-glsl',
    transform(code, id) {
      if (THREE.test(id)) return code.replace(QUOTED, compactQuoted);
      if (code.includes('/* glsl */')) return code.replace(OURS, compact);
      return undefined;
    },
  };
}

function compactQuoted(text: string): string {
  return text
    .replace(/(?:\\t| )*\/\/(?:[^\\"]|\\t)*(?=\\n)/g, '')
    .replace(/\\n(?:\\t|\\n| )+/g, '\\n');
}

function compact(text: string): string {
  const [opening] = text.split('`', 1);
  const body = text.slice(opening.length);
  return opening + body.replace(/\/\*[^]*?\*\//g, '').replace(/[ \t]*\/\/.*$/gm, '').replace(/\n\s+/g, '\n');
}
