/** Whether what changes in the city may change softly: not for who wants no motion, nor before its shaders are made. */
import type { CityMaterials } from './material';
import { surfaceOf, type Stage } from './stage';

/** A graphics card makes one shader at a time: people come into the picture before these. */
const LATER_MS = 1000;

export interface Softness {
  readonly soft: () => boolean;
  /** Whether the shaders have been made. */
  readonly prepared: boolean;
  /** The first picture is whole: there is time for this. */
  prepare(stage: Stage, materials: CityMaterials): void;
}

export function createSoftness(): Softness {
  const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');
  let prepared = false;
  return {
    soft: () => prepared && !reducedMotion.matches,
    get prepared() {
      return prepared;
    },
    prepare(stage, materials) {
      const { city: once, copied } = materials.veils[0].coming;
      setTimeout(() => void stage.prepare(surfaceOf(once).add(surfaceOf(copied, true))).then(() => (prepared = true)), LATER_MS);
    },
  };
}
