/** Chance and noise, and how much of a fine pattern is left at a distance. */
export const NOISE_GLSL = /* glsl */ `
  float chance(float seed, float salt) {
    return fract(sin(seed * 127.1 + salt * 311.7) * 43758.5453);
  }

  float lattice(vec2 cell) {
    vec3 p = fract(vec3(cell.xyx) * 0.1031);
    p += dot(p, p.yzx + 33.33);
    return fract((p.x + p.y) * p.z);
  }

  float noise(vec2 place) {
    vec2 cell = floor(place);
    vec2 f = fract(place);
    f = f * f * (3.0 - 2.0 * f);
    return mix(
      mix(lattice(cell), lattice(cell + vec2(1.0, 0.0)), f.x),
      mix(lattice(cell + vec2(0.0, 1.0)), lattice(cell + vec2(1.0, 1.0)), f.x), f.y);
  }

  /** 1 where a pattern of this size is wider than a few pixels, 0 where it would shimmer. */
  float visible(float size, float pixel) {
    return 1.0 - smoothstep(0.22 * size, 0.62 * size, pixel);
  }

  /** Noise around zero of about this size, which costs nothing where it would be too fine to see. */
  float grain(vec2 place, float size, float pixel) {
    float seen = visible(size, pixel);
    return seen > 0.0 ? (noise(place) - 0.5) * seen : 0.0;
  }
`;
