/** What isn't real bears a pattern, as fine on the screen near by as far away (variants/marks.ts). */
export const MARK_GLSL = /* glsl */ `
  /** How much of a pixel a line covers that comes every \`period\` metres. */
  float line(float at, float period, float pixel) {
    float away = abs(fract(at / period) - 0.5) * period;
    return clamp((0.8 * pixel + 0.02 - away) / pixel + 0.5, 0.0, 1.0);
  }

  float pattern(float mark, vec2 at, float period, float pixel) {
    vec2 across = vec2(at.x + at.y, at.x - at.y) * 0.7071;
    if (mark < 1.5) return line(across.x, period, pixel);
    if (mark < 2.5) return line(across.x, 0.5 * period, 3.0 * pixel) * line(across.y, 0.5 * period, 3.0 * pixel);
    return line(at.y, period, pixel);
  }

  vec3 marked(vec3 base, vec3 facing, float pixel) {
    float mark = floor((vPaint.a < 0.5 ? vPaint.a : 1.0 - vPaint.a) * 10.2 + 0.5);
    if (mark < 0.5) return base;
    vec3 right = normalize(vec3(facing.z, 0.0, -facing.x) + vec3(1e-5, 0.0, 0.0));
    vec2 at = abs(facing.y) > 0.75 ? vPlace.xz : vec2(dot(vPlace, right), vPlace.y);
    // Every second line stays where there is room for half of them.
    float level = max(log2(52.0 * pixel / 0.6), 0.0);
    float period = 0.6 * exp2(floor(level));
    float covered = max((1.0 - fract(level)) * pattern(mark, at, period, pixel), pattern(mark, at, 2.0 * period, pixel));
    float bright = dot(base, vec3(0.3, 0.6, 0.1));
    return mix(base, bright > 0.22 ? base * 0.4 : base + 0.16, 0.22 * covered);
  }
`;
