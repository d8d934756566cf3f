/**
 * One level of detail dissolves into another, pixel by pixel: each pixel shows the old or the new,
 * never both and never neither. The pattern is interleaved gradient noise (J. Jimenez, “Next
 * Generation Post Processing in Call of Duty: Advanced Warfare”, SIGGRAPH 2014), which has no lumps.
 */
/** Of each pixel, 0 to 1. */
export const THRESHOLD_GLSL = 'fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715))))';

export const DISSOLVE_HEAD_GLSL = /* glsl */ `
#ifdef DISSOLVES
  /** Of a pixel's threshold, 0 to 1: from here, and up to there, it is drawn. */
  uniform vec2 kept;
#endif
`;

export const DISSOLVE_GLSL = /* glsl */ `
#ifdef DISSOLVES
  float threshold = ${THRESHOLD_GLSL};
  if (threshold < kept.x || threshold >= kept.y) discard;
#endif
`;
