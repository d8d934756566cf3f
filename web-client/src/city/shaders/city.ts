/** The city's shader: what is put into three's Lambert material. */
import { FIRST_STOREYS, FURNITURE, SURFACES_GLSL } from '../surfaces';
import { DISSOLVE_GLSL, DISSOLVE_HEAD_GLSL } from './dissolve';
import { FURNITURE_GLSL } from './furniture';
import { LAND_GLSL } from './land';
import { MARK_GLSL } from './mark';
import { NOISE_GLSL } from './noise';
import { RELIEF_GLSL } from './relief';
import { ROOF_GLSL } from './roof';
import { HAZE_GLSL, SKY_GLSL } from './sky';
import { TINT_GLSL } from './tint';
import { WALL_GLSL } from './wall';
import { WATER_GLSL } from './water';

export const VERTEX_HEAD = /* glsl */ `
  attribute vec2 feature;
  attribute vec2 bays;
  attribute vec4 kind;
  attribute vec4 paint;
  attribute vec4 tint;
  varying vec2 vBays;
  varying vec3 vPlace;
  flat varying vec4 vKind;
  flat varying vec4 vPaint;
  flat varying vec4 vTint;
  flat varying float vSeed;
  flat varying float vPicked;
  uniform float pickedFeature;
#ifdef USE_INSTANCING
  /** Row, hash and make of the copy. */
  attribute vec4 whose;
#endif
`;

export const VERTEX_MAIN = /* glsl */ `
  vKind = kind;
  vPaint = paint;
  vTint = tint;
#ifdef USE_INSTANCING
  vBays = vec2(0.0);
  vKind.y = whose.z;
  vec2 owner = whose.xy;
#else
  vBays = bays / 256.0;
  vec2 owner = feature;
#endif
  vSeed = owner.y / 65536.0;
  vPicked = owner.x == pickedFeature ? 1.0 : 0.0;
`;

/**
 * Tiles are moved and scaled but never turned, so normals need the view alone, and places come back
 * from the view: one matrix a draw instead of three. Copies are turned, each by itself.
 */
export const VERTEX_NORMAL = /* glsl */ `
#ifdef USE_INSTANCING
  mat3 turn = mat3(instanceMatrix);
  objectNormal /= vec3(dot(turn[0], turn[0]), dot(turn[1], turn[1]), dot(turn[2], turn[2]));
  objectNormal = normalize(turn * objectNormal);
#endif
  vec3 transformedNormal = mat3(viewMatrix) * objectNormal;
`;

export const VERTEX_PLACE = /* glsl */ `
  vPlace = mvPosition.xyz * mat3(viewMatrix) + cameraPosition;
`;

export const VERTEX_WORLD = /* glsl */ `
  vec4 worldPosition = vec4(vPlace, 1.0);
`;

/** What lies on the ground is drawn as if a little nearer, by group, so that nothing flickers through. */
export const VERTEX_DEPTH = /* glsl */ `
  float layer = kind.x >= 7.0 && kind.x <= 13.0 ? kind.x - 6.0 : 0.0;
  gl_Position.z += (layer > 0.0 ? 0.0020 + 0.0006 * layer : 0.0) * projectionMatrix[3].z;
`;

/**
 * Shadows: walls reach a little into the ground, should that lie lower than the house, and furniture
 * is as thick as the shadow map can tell, so that no light comes under houses and lamps have poles.
 */
export const SHADOW_HEAD = /* glsl */ `
  attribute vec2 bays;
  attribute vec4 kind;
`;

export const SHADOW_MAIN = /* glsl */ `
  vec3 metre = 1.0 / vec3(modelMatrix[0][0], modelMatrix[1][1], modelMatrix[2][2]);
#ifdef USE_INSTANCING
  metre /= vec3(length(instanceMatrix[0]), length(instanceMatrix[1]), length(instanceMatrix[2]));
#endif
  bool wall = kind.x < 0.5 || kind.x > ${(FIRST_STOREYS - 0.5).toFixed(1)};
  if (wall && bays.y < 128.0) transformed.y -= 0.7 * metre.y;
  if (abs(kind.x - ${FURNITURE.toFixed(1)}) < 0.5) transformed += 0.06 * normal * metre;
`;

export const FRAGMENT_HEAD = /* glsl */ `
  varying vec2 vBays;
  varying vec3 vPlace;
  flat varying vec4 vKind;
  flat varying vec4 vPaint;
  flat varying vec4 vTint;
  flat varying float vSeed;
  flat varying float vPicked;
  uniform float facades;
  uniform vec3 casterTowards;
  uniform vec3 casterLight;
  uniform float lit;
  uniform float lamp;
  uniform float seconds;
  ${DISSOLVE_HEAD_GLSL}
  ${SURFACES_GLSL}
  ${SKY_GLSL}
  ${HAZE_GLSL}
  ${NOISE_GLSL}
  ${RELIEF_GLSL}
  ${WALL_GLSL}
  ${ROOF_GLSL}
  ${LAND_GLSL}
  ${WATER_GLSL}
  ${FURNITURE_GLSL}
  ${MARK_GLSL}
  ${TINT_GLSL}
`;

export const FRAGMENT_COLOUR = /* glsl */ `
  ${DISSOLVE_GLSL}
  vec3 facing = inverseTransformDirection(normalize(vNormal), viewMatrix);
  vec3 fromEye = vPlace - cameraPosition;
  float metresAway = length(fromEye);
  vec3 towardsEye = -fromEye / max(metresAway, 0.001);
  vec3 spread = fwidth(vPlace);
  float pixel = max(max(spread.x, spread.y), spread.z);
  vec3 gleam = vec3(0.0);
  int surface = vKind.x < ${FIRST_STOREYS.toFixed(1)} - 0.5 ? int(vKind.x + 0.5) : WALL;
  vec3 base;
  // A tile without colours lacks the attribute: then its fourth part is 1. Near either end it has a mark.
  bool painted = vPaint.a < 0.5;
#ifdef USE_MAP
  // A wall that is to be painted shows no photo. Photos of walls are darker than walls are: they were taken in shade, and to keep the sky.
  float light = max(max(diffuseColor.r, diffuseColor.g), diffuseColor.b);
  base = vPaint.a > 0.12 && vPaint.a < 0.17 ? vPaint.rgb : diffuseColor.rgb * 1.5 / (1.0 + 0.6 * light);
#else
  if (surface == WALL) {
    vec3 right = normalize(vec3(facing.z, 0.0, -facing.x) + vec3(1e-5, 0.0, 0.0));
    base = wallColour(vec2(dot(vPlace, right), vPlace.y), pixel, painted);
    if (facades > 0.5) opening(base, gleam, facing, towardsEye);
  } else if (painted) {
    base = vPaint.rgb * (0.94 + 0.12 * noise(vPlace.xz * 1.7 + vPlace.y));
  } else if (surface == ROOF) {
    base = roofColour(facing, pixel);
  } else if (surface == WINDOW) {
    float hash = lattice(floor(vPlace.xz / 2.4) + floor(vPlace.y / 2.6) * 7.0 + vSeed * 613.0);
    float fresnel = 0.10 + 0.7 * pow(1.0 - abs(dot(facing, towardsEye)), 4.0);
    base = vec3(0.030, 0.036, 0.044);
    gleam = mirrored(reflect(-towardsEye, facing)) * fresnel + facades * lamplight(hash);
  } else if (surface == DOOR) {
    base = DOORS[int(chance(vSeed, 7.0) * 4.0)] * (0.9 + 0.25 * noise(vec2(vPlace.x + vPlace.z, vPlace.y * 0.2) * 14.0));
  } else if (surface == FURNITURE) {
    base = furnitureColour(facing, pixel);
  } else if (surface == TERRAIN) {
    base = terrainColour(facing.y, builtUp(vPlace), pixel);
  } else if (surface == GREEN) {
    base = grass(noise(vPlace.xz * 0.05), pixel);
  } else if (surface == SOIL) {
    base = soilColour(pixel);
  } else if (surface == WATER) {
    gleam = waterGleam(base, towardsEye, pixel);
  } else if (surface == ROAD) {
    base = roadColour(pixel);
  } else if (surface == PAVING) {
    base = pavingColour(pixel);
  } else if (surface == RAIL) {
    base = railColour(pixel);
  } else if (surface == MARKING) {
    base = vec3(0.62, 0.61, 0.57) * (0.85 + 0.2 * noise(vPlace.xz * 2.0));
  } else if (surface == STRUCTURE) {
    base = vec3(0.40, 0.39, 0.37) * (0.9 + 0.2 * noise(vec2(vPlace.x + vPlace.z, vPlace.y) * 0.8));
  } else {
    base = vec3(0.44, 0.42, 0.38);
  }
#endif
  // It shines a little by itself: the same on the shady side, and at any hour.
  gleam += vTint.rgb * lamp * 0.2 * tinted(base, pixel);
  diffuseColor.rgb = marked(base, facing, pixel);
`;

/** Where houses stand close there is less sky; at night their windows light the street a little. */
export const FRAGMENT_LIGHT = /* glsl */ `
  vec2 shade = overshadowed(vPlace, facing);
  float open = (1.0 - 0.50 * shade.x) * (1.0 - 0.45 * shade.y);
  reflectedLight.indirectDiffuse *= open;
#ifdef USE_MAP
  // They have shade of their own already.
  reflectedLight.indirectDiffuse *= 1.3;
#endif
  reflectedLight.directDiffuse *= mix(1.0, open, 0.3);
  gleam *= mix(1.0, open, 0.4);
  gleam += diffuseColor.rgb * vec3(1.0, 0.60, 0.28) * (0.30 * facades * lit * lamp * max(shade.x, 0.5 * shade.y));
`;

export const FRAGMENT_AIR = /* glsl */ `
  outgoingLight += gleam;
  outgoingLight = mix(outgoingLight, vec3(1.0, 0.62, 0.16) * (0.35 * lamp + 0.65 * length(outgoingLight)), vPicked * 0.62);
  float hidden = haze(metresAway, -fromEye.y);
  float outside = 0.0;
  if (surface >= TERRAIN) {
    // A rim of bare ground around water isn't known to be there.
    vec2 rim = surface == TERRAIN ? 0.04 * (edge.zw - edge.xy) / 2.0 : vec2(0.0);
    vec2 beyond = max(max(edge.xy + rim - vPlace.xz, vPlace.xz - edge.zw + rim), 0.0);
    if (beyond.x + beyond.y > 0.0) {
      float wet = seaAt(vPlace.xz);
      vec2 dry = max(beyond - rim, 0.0);
      outside = mix(smoothstep(0.0, 85.0, length(dry)), min(length(beyond), 1.0), wet);
    }
  }
  if (max(hidden, outside) > 0.004) {
    vec3 air = horizonColour(fromEye);
    outgoingLight = mix(outgoingLight, air, hidden);
    if (outside > 0.0) outgoingLight = mix(outgoingLight, plain(air, -towardsEye), outside);
  }
`;
