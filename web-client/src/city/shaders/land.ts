/** The ground: terrain, and what lies on it. All patterns are in world space and fade with distance. */
export const LAND_GLSL = /* glsl */ `
  vec3 grass(float pixel) {
    float broad = noise(vPlace.xz * 0.05);
    float tuft = noise(vPlace.xz * 1.1) * 0.5 + noise(vPlace.xz * 3.1) * 0.5;
    float blade = noise(vPlace.xz * vec2(37.0, 29.0));
    vec3 colour = mix(vec3(0.085, 0.150, 0.034), vec3(0.165, 0.205, 0.062), broad * 0.6 + tuft * 0.4);
    return colour * (1.0 + 0.34 * (tuft - 0.5) * visible(0.6, pixel) + 0.7 * (blade - 0.5) * visible(0.05, pixel));
  }

  vec3 soilColour(float pixel) {
    float grain = noise(vPlace.xz * 31.0);
    float broad = noise(vPlace.xz * 0.21) * 0.6 + noise(vPlace.xz * 1.3) * 0.4;
    return mix(vec3(0.36, 0.29, 0.19), vec3(0.46, 0.39, 0.27), broad) * (1.0 + 0.4 * (grain - 0.5) * visible(0.05, pixel));
  }

  vec3 terrainColour(float steepness, float pixel) {
    float broad = noise(vPlace.xz * 0.035) * 0.65 + noise(vPlace.xz * 0.11) * 0.35;
    float fine = noise(vPlace.xz * 0.9) * 0.55 + noise(vPlace.xz * 3.7) * 0.45 * visible(0.3, pixel);
    vec3 gravel = vec3(0.35, 0.31, 0.25) * (0.9 + 0.24 * fine);
    gravel *= 1.0 + 0.35 * (noise(vPlace.xz * 27.0) - 0.5) * visible(0.06, pixel);
    vec3 colour = mix(gravel, grass(pixel), smoothstep(0.34, 0.66, broad + 0.12 * (fine - 0.5)) * 0.82);
    return mix(vec3(0.24, 0.19, 0.13), colour, smoothstep(0.6, 0.9, steepness));
  }

  vec3 roadColour(float pixel) {
    float stone = noise(vPlace.xz * 61.0) * 0.6 + noise(vPlace.xz * 23.0) * 0.4;
    float worn = noise(vPlace.xz * 0.14) * 0.6 + noise(vPlace.xz * 0.7) * 0.4;
    vec3 colour = vec3(0.098, 0.096, 0.094) * (0.86 + 0.3 * worn);
    return colour * (1.0 + 0.55 * (stone - 0.5) * visible(0.03, pixel));
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
    float worn = noise(vPlace.xz * 0.23) * 0.5 + noise(vPlace.xz * 0.9) * 0.5;
    vec3 colour = setts ? vec3(0.265, 0.235, 0.200) : vec3(0.36, 0.345, 0.315);
    colour *= 0.86 + 0.28 * worn;
    float plot = lattice(floor(vPlace.xz / vec2(1.44, 0.96)));
    colour *= 1.0 + 0.10 * (plot - 0.5) * visible(0.96, pixel);
    vec3 laid = colour * (0.86 + 0.28 * tone) * mix(0.68, 1.02, joint);
    return mix(colour, laid, near);
  }

  vec3 railColour(float pixel) {
    float stone = noise(vPlace.xz * 17.0);
    return vec3(0.20, 0.175, 0.155) * (0.9 + 0.2 * noise(vPlace.xz * 0.6)) * (1.0 + 0.8 * (stone - 0.5) * visible(0.07, pixel));
  }
`;
