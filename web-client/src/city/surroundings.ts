/** What the shaders of city and plants need to know of sky, air and what stands around. */
import { Vector4, type IUniform, type Texture } from 'three';

import type { AirUniforms } from './sky';

/** The map of heights (relief.ts). */
export interface ReliefUniforms {
  /** Metres above `reliefArea.w`: mean over a few metres, and over a street's width; the latter once more without plants. */
  readonly relief: IUniform<Texture | null>;
  /** Middle (x, z), 1 ÷ width, and height of zero; all zero before the first map. */
  readonly reliefArea: IUniform<Vector4>;
}

export type Surroundings = AirUniforms & ReliefUniforms;

/** Tiles and plants are on this layer of three's, beside the usual one: what the map of heights shows. */
export const RELIEF_LAYER = 1;

/** No map yet. */
export function noRelief(): ReliefUniforms {
  return { relief: { value: null }, reliefArea: { value: new Vector4(0, 0, 0, 0) } };
}
