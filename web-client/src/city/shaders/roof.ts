/** Roofs: tiles in rows, slate, copper on spires; gravel, felt or plants where they are flat. */
export const ROOF_GLSL = /* glsl */ `
  const vec3 TILES[6] = vec3[6](
    vec3(0.34, 0.105, 0.05), vec3(0.40, 0.145, 0.07), vec3(0.25, 0.08, 0.05), vec3(0.075, 0.08, 0.092),
    vec3(0.16, 0.10, 0.08), vec3(0.29, 0.12, 0.075));
  const vec3 FLATS[3] = vec3[3](
    vec3(0.33, 0.31, 0.28), vec3(0.22, 0.23, 0.245), vec3(0.17, 0.22, 0.09));

  vec3 roofColour(vec3 facing, float pixel) {
    float slope = max(length(facing.xz), 1e-3);
    int kind = int(chance(vSeed, 4.0) * 6.0);
    vec3 colour = TILES[kind];
    vec2 across = vec2(-facing.z, facing.x) / slope;
    vec2 tile = vec2(dot(vPlace.xz, across) / 0.23, vPlace.y / slope / 0.34);
    float near = visible(0.23, pixel);
    if (kind == 3) {
      // Slates lie in half-bond and are all a little different.
      tile.x += 0.5 * mod(floor(tile.y), 2.0);
      colour *= mix(1.0, 0.72 + 0.56 * lattice(floor(tile)), near);
      colour *= mix(1.0, smoothstep(0.0, 0.12, fract(tile.y)), 0.6 * near);
    } else {
      float wave = 0.5 + 0.5 * cos(6.2832 * tile.x);
      float lap = smoothstep(0.0, 0.22, fract(tile.y));
      colour *= mix(1.0, mix(0.55, 1.12, lap) * mix(0.72, 1.15, wave), near);
      colour *= mix(1.0, 0.88 + 0.24 * lattice(floor(tile)), visible(0.7, pixel));
    }
    if (slope > 0.9 && facing.y < 0.43 && chance(vSeed, 11.0) < 0.6) colour = vec3(0.14, 0.30, 0.25);
    float flatChance = chance(vSeed, 5.0);
    int flatKind = flatChance < 0.48 ? 0 : flatChance < 0.88 ? 1 : 2;
    vec3 level = FLATS[flatKind];
    float gravel = noise(vPlace.xz * 9.0);
    level *= 1.0 + (flatKind == 2 ? 0.35 : 0.25) * grain(vPlace.xz * 0.8, 1.3, pixel);
    level *= 1.0 + 0.35 * (gravel - 0.5) * visible(0.12, pixel);
    // Moss and weather, broad and soft.
    float mottle = 0.88 + 0.24 * (0.6 * noise(vPlace.xz * 0.45) + 0.4 * noise(vPlace.xz * 1.9));
    return mix(colour, level, smoothstep(0.965, 0.985, facing.y)) * mottle * (0.93 + 0.14 * chance(vSeed, 6.0));
  }
`;
