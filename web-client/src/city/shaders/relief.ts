/** How much of the sky a place sees, from the map of heights around the viewer (relief.ts). */
export const RELIEF_GLSL = /* glsl */ `
  uniform sampler2D relief;
  uniform vec4 reliefArea;

  /** x: how closely, y: how widely it is overshadowed, 0 to 1. */
  vec2 overshadowed(vec3 place, vec3 facing) {
    vec3 from = place + facing * 1.3;
    vec2 at = (from.xz - reliefArea.xy) * vec2(reliefArea.z, -reliefArea.z);
    vec2 known = smoothstep(0.5, 0.40, abs(at));
    vec2 above = texture2D(relief, at + 0.5).rg + reliefArea.w - from.y;
    return clamp(above / vec2(5.0, 13.0), 0.0, 1.0) * known.x * known.y * step(1e-6, reliefArea.z);
  }
`;
