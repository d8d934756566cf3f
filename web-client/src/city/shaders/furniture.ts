/** Street furniture: iron, wood, stone, striped cloth over goods, and painted hulls. */
import { MAKES } from '../furniture';

export const FURNITURE_GLSL = /* glsl */ `
${MAKES.map((make, index) => `  const int MADE_OF_${make.toUpperCase()} = ${index};`).join('\n')}
  // Greys, greens, wood, a little red: for what nothing is known of.
  const vec3 PAINT[8] = vec3[8](
    vec3(0.12, 0.125, 0.13), vec3(0.24, 0.235, 0.22), vec3(0.24, 0.155, 0.085), vec3(0.36, 0.345, 0.31),
    vec3(0.085, 0.14, 0.11), vec3(0.22, 0.14, 0.08), vec3(0.30, 0.31, 0.32), vec3(0.34, 0.10, 0.07));
  const vec3 CLOTH[5] = vec3[5](
    vec3(0.62, 0.10, 0.075), vec3(0.075, 0.25, 0.44), vec3(0.10, 0.34, 0.18), vec3(0.78, 0.45, 0.075), vec3(0.42, 0.09, 0.16));
  const vec3 HULL[4] = vec3[4](
    vec3(0.66, 0.65, 0.61), vec3(0.065, 0.14, 0.27), vec3(0.40, 0.085, 0.06), vec3(0.10, 0.25, 0.19));
  const vec3 GOODS[5] = vec3[5](
    vec3(0.72, 0.34, 0.06), vec3(0.55, 0.08, 0.06), vec3(0.28, 0.42, 0.10), vec3(0.76, 0.60, 0.16), vec3(0.60, 0.50, 0.36));

  vec3 planks(vec3 facing, float pixel) {
    float across = (abs(facing.y) > 0.7 ? vPlace.x : vPlace.y) / 0.13;
    float gap = smoothstep(0.02, 0.10, 0.5 - abs(fract(across) - 0.5));
    vec3 colour = vec3(0.27, 0.165, 0.085) * (0.85 + 0.3 * noise(vec2(vPlace.x + vPlace.z, vPlace.y * 6.0) * 2.0));
    return colour * mix(1.0, mix(0.6, 0.92 + 0.16 * lattice(vec2(floor(across), 5.0)), gap), visible(0.13, pixel));
  }

  /** A roof of striped cloth, a table laid with goods, the rest of wood. */
  vec3 stall(vec3 facing, float pixel) {
    float slope = abs(facing.y);
    if (slope > 0.985 && facing.y > 0.0) {
      float kind = lattice(floor(vPlace.xz / 0.55) + vSeed * 91.0);
      float heap = 0.75 + 0.5 * mix(0.5, noise(vPlace.xz * 19.0), visible(0.06, pixel));
      return GOODS[int(kind * 5.0)] * heap;
    }
    if (slope < 0.30 || slope > 0.985) return planks(facing, pixel);
    vec3 colour = CLOTH[int(chance(vSeed, 2.0) * 5.0)];
    vec2 along = normalize(vec2(-facing.z, facing.x) + 1e-5);
    float stripe = fract(dot(vPlace.xz, along) / 0.60);
    float width = clamp(pixel / 0.60, 0.004, 0.5);
    float light = smoothstep(0.0, width, stripe) - smoothstep(0.5, 0.5 + width, stripe);
    return mix(colour, vec3(0.80, 0.77, 0.69), light);
  }

  vec3 furnitureColour(vec3 facing, float pixel) {
    int make = int(vKind.y + 0.5);
    float worn = 0.90 + 0.2 * noise(vec2(vPlace.x + vPlace.z, vPlace.y) * 2.3);
    if (make == MADE_OF_IRON) return vec3(0.095, 0.118, 0.112) * worn;
    if (make == MADE_OF_WOOD) return planks(facing, pixel);
    if (make == MADE_OF_STONE) return vec3(0.43, 0.41, 0.365) * worn * (0.9 + 0.2 * noise(vPlace.xz * 9.0 + vPlace.y * 5.0));
    if (make == MADE_OF_STALL) return stall(facing, pixel);
    if (make == MADE_OF_BOAT) return facing.y > 0.7 ? planks(facing, pixel) : HULL[int(chance(vSeed, 3.0) * 4.0)] * worn;
    return PAINT[int(chance(vSeed, 1.0) * 8.0)] * worn;
  }
`;
