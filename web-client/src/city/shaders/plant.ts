/** Plants: what is put into three's Lambert material for crowns and trunks. */
import { THRESHOLD_GLSL } from './dissolve';
import { NOISE_GLSL } from './noise';
import { HAZE_GLSL, SKY_GLSL } from './sky';

export const PLANT_VERTEX_HEAD = /* glsl */ `
  attribute float light;
  attribute vec4 look;
  uniform float seconds;
  varying float vLight;
  varying vec4 vLook;
  varying vec3 vPlace;
`;

export const PLANT_VERTEX_MAIN = /* glsl */ `
  vLight = light;
  vLook = look;
  vec3 foot = instanceMatrix[3].xyz;
  float sway = position.y * position.y * 0.012;
  float gust = sin(seconds * 0.9 + dot(foot.xz, vec2(0.11, 0.07))) + 0.5 * sin(seconds * 2.3 + look.x * 40.0);
  transformed.x += sway * gust;
  transformed.xz += 0.006 * sin(seconds * 3.1 + position.yx * 31.0 + look.x * 9.0) * step(0.0, light);
  vPlace = (instanceMatrix * vec4(transformed, 1.0)).xyz;
`;

export const PLANT_FRAGMENT_HEAD = /* glsl */ `
  uniform vec3 casterTowards;
  uniform float lamp;
  varying float vLight;
  varying vec4 vLook;
  /** How much of those that come is seen; of those that go the rest. */
  uniform float grown;
  varying vec3 vPlace;
  ${SKY_GLSL}
  ${HAZE_GLSL}
  ${NOISE_GLSL}
  // By kind: broad-leaved, conifer, columnar, shrub.
  const vec3 LEAVES[4] = vec3[4](
    vec3(0.105, 0.165, 0.036), vec3(0.042, 0.088, 0.040), vec3(0.090, 0.155, 0.050), vec3(0.085, 0.140, 0.042));
  const vec3 LEAVES_TOO[4] = vec3[4](
    vec3(0.175, 0.190, 0.050), vec3(0.060, 0.115, 0.062), vec3(0.130, 0.170, 0.055), vec3(0.130, 0.160, 0.060));
`;

export const PLANT_FRAGMENT_COLOUR = /* glsl */ `
  if (vLook.w != 0.0) {
    float threshold = ${THRESHOLD_GLSL};
    if (vLook.w > 0.0 ? threshold >= grown : threshold < grown) discard;
  }
  #ifndef USE_ALPHATEST
    // Far crowns have no leaves; noise frays their outline.
    float rim = abs(dot(normalize(vNormal), normalize(vViewPosition)));
    if (vLight >= 0.0 && rim < 0.62 * noise(vPlace.xz * 3.3 + vPlace.yy * vec2(2.9, -2.3))) discard;
  #endif
  vec3 fromEye = vPlace - cameraPosition;
  float metresAway = length(fromEye);
  int kind = int(vLook.y + 0.5);
  float seed = vLook.x;
  vec3 leaf = mix(LEAVES[kind], LEAVES_TOO[kind], chance(seed, 1.0)) * (0.85 + 0.3 * chance(seed, 2.0));
  float clump = noise(vPlace.xz * 1.7 + vPlace.y * 1.3);
  float fine = noise(vPlace.xy * 9.0 + vPlace.z * 7.0);
  #ifdef USE_ALPHATEST
    leaf *= 0.80 + 0.28 * clump + 0.24 * fine;
  #else
    // Boughs with shade between them, which nearer crowns have of their cards.
    float seen = 1.0 - smoothstep(150.0, 500.0, metresAway);
    float bough = 0.5 * (clump + noise(vec2(vPlace.x - vPlace.z, vPlace.y) * 2.1));
    leaf *= 0.50 + 0.46 * mix(0.5, smoothstep(0.25, 0.72, bough), seen) + 0.44 * mix(0.5, fine, 1.0 - smoothstep(60.0, 160.0, metresAway));
  #endif
  vec3 bark = mix(vec3(0.115, 0.085, 0.060), vec3(0.16, 0.14, 0.12), chance(seed, 3.0)) * (0.7 + 0.5 * fine);
  diffuseColor.rgb = vLight < 0.0 ? bark : leaf * smoothstep(-0.35, 1.0, vLight);
`;

/** Normals are the crown's, on both sides of a card, and bent towards the light, which leaves pass on. */
export const PLANT_FRAGMENT_NORMAL = /* glsl */ `
  float faceDirection = 1.0;
  vec3 outward = normalize(vNormal);
  #ifndef USE_ALPHATEST
    vec3 turned = vec3(noise(vPlace.yz * 2.9 + 7.0), noise(vPlace.xz * 2.9), noise(vPlace.xy * 2.9 + 3.0)) - 0.5;
    outward += 0.9 * seen * step(0.0, vLight) * (viewMatrix * vec4(turned, 0.0)).xyz;
  #endif
  vec3 normal = normalize(outward + 0.45 * step(0.0, vLight) * (viewMatrix * vec4(casterTowards, 0.0)).xyz);
  vec3 nonPerturbedNormal = normal;
`;

export const PLANT_FRAGMENT_AIR = /* glsl */ `
  // Leaves let some of the sun through.
  vec3 towardsEye = -fromEye / max(metresAway, 0.001);
  float through = pow(max(dot(-towardsEye, casterTowards), 0.0), 3.0) * step(0.0, vLight);
  outgoingLight += reflectedLight.indirectDiffuse * 0.35;
  outgoingLight += reflectedLight.directDiffuse * through * 0.9 + diffuseColor.rgb * through * 0.10 * length(reflectedLight.indirectDiffuse);
  outgoingLight = mix(outgoingLight, vec3(1.0, 0.62, 0.16) * (0.35 * lamp + 0.65 * length(outgoingLight)), vLook.z * 0.62);
  outgoingLight = mix(outgoingLight, horizonColour(fromEye), haze(metresAway, -fromEye.y));
`;
