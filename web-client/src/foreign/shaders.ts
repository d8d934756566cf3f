/** The shaders of three that the city itself isn't drawn with, for what others have made (lean-three.ts). */
import { ShaderChunk, ShaderLib } from 'three';

export interface Shaders {
  readonly ShaderChunk: Record<string, string>;
  readonly ShaderLib: Record<string, { vertexShader: string; fragmentShader: string }>;
}

/** @param drawn those of the copy of three that draws; this module's own copy has them all. */
export function completeShaders(drawn: Shaders): void {
  Object.assign(drawn.ShaderChunk, ShaderChunk);
  for (const [name, { vertexShader, fragmentShader }] of Object.entries(ShaderLib)) {
    Object.assign(drawn.ShaderLib[name], { vertexShader, fragmentShader });
  }
}
