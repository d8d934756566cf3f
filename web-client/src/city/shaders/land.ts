/** The ground: terrain, and what lies on it. All patterns are in world space and fade with distance. */
export const LAND_GLSL = /* glsl */ `
  /** @param broad noise over tens of metres, 0 to 1. */
  vec3 grass(float broad, float pixel) {
    float tuft = grain(vPlace.xz * 1.1, 1.5, pixel) + grain(vPlace.xz * 3.1, 0.6, pixel);
    float blade = grain(vPlace.xz * vec2(37.0, 29.0), 0.05, pixel);
    vec3 colour = mix(vec3(0.085, 0.150, 0.034), vec3(0.165, 0.205, 0.062), broad * 0.6 + tuft * 0.2 + 0.2);
    return colour * (1.0 + 0.18 * tuft + 0.7 * blade);
  }

  vec3 soilColour(float pixel) {
    float broad = noise(vPlace.xz * 0.21) + 0.4 * grain(vPlace.xz * 1.3, 1.0, pixel);
    return mix(vec3(0.36, 0.29, 0.19), vec3(0.46, 0.39, 0.27), broad) * (1.0 + 0.4 * grain(vPlace.xz * 31.0, 0.05, pixel));
  }

  /** What is between houses: worn asphalt and small stones, in a tone between road and paving. */
  vec3 yardColour(float broad, float pixel) {
    float worn = 0.6 * broad + 0.4 * noise(vPlace.xz * 0.31) + 0.4 * grain(vPlace.xz * 1.1, 1.2, pixel);
    float stone = grain(vPlace.xz * 43.0, 0.04, pixel) + 0.7 * grain(vPlace.xz * 17.0, 0.09, pixel);
    return vec3(0.235, 0.222, 0.203) * (0.84 + 0.32 * worn) * (1.0 + 0.35 * stone);
  }

  /** Nobody has said what it is: most likely paved where houses stand close, and green away from them. */
  vec3 terrainColour(float steepness, float built, float pixel) {
    // From far it is the lie of the fields that is seen; what is finer would shimmer.
    float broad = 0.5 + 0.55 * (noise(vPlace.xz * 0.0061) - 0.5)
      + 0.55 * grain(vPlace.xz * 0.035, 28.0, pixel) + 0.3 * grain(vPlace.xz * 0.11, 9.0, pixel);
    float fine = grain(vPlace.xz * 0.9, 1.5, pixel);
    float paved = smoothstep(0.45, 1.25, built + 0.7 * (broad - 0.5) + 0.35 * fine);
    vec3 colour = vec3(0.0);
    if (paved < 1.0) {
      float dry = 0.22 + 0.34 * smoothstep(0.45, 0.8, broad + 0.1 * fine);
      colour = mix(grass(broad, pixel), vec3(0.235, 0.215, 0.125), dry);
    }
    if (paved > 0.0) colour = mix(colour, yardColour(broad, pixel), paved);
    return mix(vec3(0.24, 0.19, 0.13), colour, smoothstep(0.6, 0.9, steepness));
  }

  vec3 roadColour(float pixel) {
    float worn = noise(vPlace.xz * 0.14) + 0.4 * grain(vPlace.xz * 0.7, 1.5, pixel);
    float stone = grain(vPlace.xz * 61.0, 0.03, pixel) + 0.6 * grain(vPlace.xz * 23.0, 0.07, pixel);
    return vec3(0.098, 0.096, 0.094) * (0.86 + 0.3 * worn) * (1.0 + 0.4 * stone);
  }

  /** Setts in rows, or slabs: one kind for one square or path. */
  vec3 pavingColour(float pixel) {
    bool setts = vSeed < 0.6;
    vec2 size = setts ? vec2(0.18, 0.12) : vec2(0.50, 0.50);
    vec2 stone = vPlace.xz / size;
    stone.x += 0.5 * mod(floor(stone.y), 2.0);
    vec2 rim = 0.5 - abs(fract(stone) - 0.5);
    float joint = smoothstep(0.0, 0.14, min(rim.x, rim.y * size.y / size.x) - 0.015);
    float near = visible(size.y, pixel);
    float tone = lattice(floor(stone));
    float worn = noise(vPlace.xz * 0.23) + 0.5 * grain(vPlace.xz * 0.9, 1.5, pixel);
    vec3 colour = setts ? vec3(0.265, 0.235, 0.200) : vec3(0.36, 0.345, 0.315);
    colour *= 0.86 + 0.28 * worn;
    float plot = lattice(floor(vPlace.xz / vec2(1.44, 0.96)));
    colour *= 1.0 + 0.10 * (plot - 0.5) * visible(0.96, pixel);
    vec3 laid = colour * (0.86 + 0.28 * tone) * mix(0.68, 1.02, joint);
    return mix(colour, laid, near);
  }

  vec3 railColour(float pixel) {
    float broad = noise(vPlace.xz * 0.6);
    return vec3(0.20, 0.175, 0.155) * (0.9 + 0.2 * broad) * (1.0 + 0.8 * grain(vPlace.xz * 17.0, 0.07, pixel));
  }
`;
