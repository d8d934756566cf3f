/** Surface groups of tile content (docs/contract/scene.md), in the order the shader knows them by. */
export const SURFACES = [
  'wall',
  'roof',
  'ground',
  'window',
  'door',
  'furniture',
  'structure',
  'mesh',
  'terrain',
  'green',
  'soil',
  'water',
  'road',
  'paving',
  'rail',
  'marking',
] as const;

export type Surface = (typeof SURFACES)[number];

export const WALL = 0;
export const GROUND = 2;
export const WINDOW = 3;
export const DOOR = 4;
export const FURNITURE = 5;
export const WATER = 11;

/** From here on a vertex is a wall's, and the rest tells its storeys (facade.ts). */
export const FIRST_STOREYS = 16;

/** Index of a material's surface group; what isn't known is drawn as `ground`. */
export function surfaceIndex(materialName: string | undefined): number {
  const index = (SURFACES as readonly string[]).indexOf(materialName ?? '');
  return index < 0 ? GROUND : index;
}

/** The groups as constants of the shader: `const int WALL = 0;` and so on. */
export const SURFACES_GLSL = SURFACES.map(
  (name, index) => `const int ${name.toUpperCase()} = ${index};`,
).join('\n');
