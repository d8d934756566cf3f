/** How much of the sky a place sees, from the map of heights around the viewer (relief.ts). */
export const RELIEF_GLSL = /* glsl */ `
  uniform sampler2D relief;
  uniform vec4 reliefArea;

  /** Where on the map, and how much of it is known there. */
  vec3 onRelief(vec2 place) {
    vec2 at = (place - reliefArea.xy) * vec2(reliefArea.z, -reliefArea.z);
    vec2 known = smoothstep(0.5, 0.40, abs(at));
    return vec3(at + 0.5, known.x * known.y * step(1e-6, reliefArea.z));
  }

  /** How closely houses stand here: their mean height over a street's width, metres. */
  float builtUp(vec3 place) {
    vec3 at = onRelief(place.xz);
    return max(0.0, texture2D(relief, at.xy).b + reliefArea.w - place.y) * at.z;
  }

  /** x: how closely, y: how widely it is overshadowed, 0 to 1. */
  vec2 overshadowed(vec3 place, vec3 facing) {
    vec3 from = place + facing * 1.3;
    vec3 at = onRelief(from.xz);
    vec2 above = texture2D(relief, at.xy).rg + reliefArea.w - from.y;
    return clamp(above / vec2(5.0, 13.0), 0.0, 1.0) * at.z;
  }
`;
