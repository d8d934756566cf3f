/** Walls and roofs in the colour of a value (overlays/surfaces.ts): windows stay, and what can't be trusted is striped. */
export const TINT_GLSL = /* glsl */ `
  /** How much of the tint shows: where a tile has none, its fourth part is 1. */
  float tinted(inout vec3 base, float pixel) {
    if (vTint.a > 0.9) return 0.0;
    float bright = dot(base, vec3(0.3, 0.6, 0.1));
    float shown = 0.9 * smoothstep(0.042, 0.07, bright);
    float stripe = vTint.a > 0.3 ? 0.65 * line(vPlace.x + vPlace.y + vPlace.z, 2.4, 0.3 + pixel) : 0.0;
    base = mix(base, mix(vTint.rgb, vec3(0.7), stripe) * (0.7 + 0.6 * sqrt(bright)), shown);
    return shown * (1.0 - stripe);
  }
`;
