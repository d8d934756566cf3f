/** Surface groups of tile content, in the order the shader knows them by. */
export const SURFACES = ['wall', 'roof', 'ground', 'opening', 'terrain'] as const;

export const WALL = 0;
export const GROUND = 2;

/** Index of a material's surface group; what isn't known is drawn as `ground`. */
export function surfaceIndex(materialName: string | undefined): number {
  const index = (SURFACES as readonly string[]).indexOf(materialName ?? '');
  return index < 0 ? GROUND : index;
}
