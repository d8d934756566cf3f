/** Water: slow waves that mirror the sky more the flatter one looks, with the sun on them. */
export const WATER_GLSL = /* glsl */ `
  vec2 ripple(vec2 place, float size, vec2 drift) {
    vec2 at = place / size + drift * seconds;
    float here = noise(at);
    return vec2(noise(at + vec2(0.1, 0.0)) - here, noise(at + vec2(0.0, 0.1)) - here) * 10.0;
  }

  vec3 waterNormal(float pixel) {
    vec2 slope = 0.030 * ripple(vPlace.xz, 5.3, vec2(0.07, 0.04)) * visible(9.0, pixel)
      + 0.036 * ripple(vPlace.xz, 1.7, vec2(-0.13, 0.16)) * visible(3.0, pixel)
      + 0.028 * ripple(vPlace.xz, 0.55, vec2(0.30, -0.21)) * visible(1.0, pixel);
    return normalize(vec3(-slope.x, 1.0, -slope.y));
  }

  /** @returns what the surface mirrors; \`colour\` becomes what comes from the depth. */
  vec3 waterGleam(out vec3 colour, vec3 towardsEye, float pixel) {
    vec3 facing = waterNormal(pixel);
    float flatness = max(dot(facing, towardsEye), 0.02);
    // Waves too small to be drawn turn far water, which then mirrors less, and higher sky.
    float rough = 1.0 - visible(2.5, pixel);
    float fresnel = waterFresnel(flatness, towardsEye.y);
    vec3 mirror = reflect(-towardsEye, facing);
    mirror.y = abs(mirror.y) + 0.10 + 0.16 * rough;
    mirror = normalize(mirror);
    colour = mix(vec3(0.020, 0.045, 0.043), vec3(0.035, 0.060, 0.045), 0.5 + 0.6 * grain(vPlace.xz * 0.03, 33.0, 3.0 * pixel));
    float glint = pow(max(dot(mirror, casterTowards), 0.0), mix(700.0, 160.0, rough));
    return skyColour(mirror) * fresnel + casterLight * glint * mix(5.0, 1.6, rough) * fresnel * 6.0;
  }
`;
