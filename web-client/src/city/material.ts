/**
 * The one material of the city: palette per surface group, varied by a hash of the feature's
 * identity; windows on bare walls; ground that is never one flat colour; haze into the sky.
 */
import { MeshLambertMaterial, Vector4, type IUniform } from 'three';

import { BAY_STEPS_PER_M, LOWEST_STOREY_M } from './facade';
import { SKY_GLSL } from './sky';

export interface CityUniforms {
  /** Row of the picked feature in this material's tile, −1: none. */
  readonly pickedFeature: IUniform<number>;
  /** 1: plausible windows are drawn; 0: as measured. */
  readonly facades: IUniform<number>;
  /** Per metre. */
  readonly hazeDensity: IUniform<number>;
  /** Least x and z, greatest x and z of the mapped city, world frame; beyond, the ground dissolves. */
  readonly edge: IUniform<Vector4>;
}

export interface CityMaterials {
  readonly city: MeshLambertMaterial;
  /** The same for the tile that holds the picked feature. */
  readonly picked: MeshLambertMaterial;
  readonly pickedFeature: IUniform<number>;
  readonly facades: IUniform<number>;
  readonly hazeDensity: IUniform<number>;
  readonly edge: IUniform<Vector4>;
}

export function createCityMaterials(): CityMaterials {
  const facades = { value: 1 };
  const hazeDensity = { value: 1 / 1600 };
  const edge = { value: new Vector4(-1e6, -1e6, 1e6, 1e6) };
  const pickedFeature = { value: -1 };
  return {
    city: createMaterial({ pickedFeature: { value: -1 }, facades, hazeDensity, edge }),
    picked: createMaterial({ pickedFeature, facades, hazeDensity, edge }),
    pickedFeature,
    facades,
    hazeDensity,
    edge,
  };
}

function createMaterial(uniforms: CityUniforms): MeshLambertMaterial {
  const material = new MeshLambertMaterial();
  material.onBeforeCompile = (shader) => {
    Object.assign(shader.uniforms, uniforms);
    shader.vertexShader = shader.vertexShader
      .replace('#include <common>', `#include <common>\n${VERTEX_HEAD}`)
      .replace('#include <begin_vertex>', `#include <begin_vertex>\n${VERTEX_MAIN}`);
    shader.fragmentShader = shader.fragmentShader
      .replace('#include <common>', `#include <common>\n${FRAGMENT_HEAD}`)
      .replace('#include <color_fragment>', FRAGMENT_COLOUR)
      .replace('#include <opaque_fragment>', `${FRAGMENT_AIR}\n#include <opaque_fragment>`);
  };
  return material;
}

const VERTEX_HEAD = /* glsl */ `
  attribute vec2 feature;
  attribute vec2 bays;
  attribute vec4 kind;
  varying vec2 vBays;
  varying vec3 vPlace;
  varying vec3 vUp;
  flat varying vec4 vKind;
  flat varying float vSeed;
  flat varying float vPicked;
  uniform float pickedFeature;
`;

const VERTEX_MAIN = /* glsl */ `
  vBays = bays / 256.0;
  vKind = kind;
  vSeed = feature.y / 65536.0;
  vPicked = feature.x == pickedFeature ? 1.0 : 0.0;
  vPlace = (modelMatrix * vec4(position, 1.0)).xyz;
  vUp = normal;
`;

const FRAGMENT_HEAD = /* glsl */ `
  varying vec2 vBays;
  varying vec3 vPlace;
  varying vec3 vUp;
  flat varying vec4 vKind;
  flat varying float vSeed;
  flat varying float vPicked;
  uniform float facades;
  uniform float hazeDensity;
  uniform vec4 edge;
  ${SKY_GLSL}

  float chance(float seed, float salt) {
    return fract(sin(seed * 127.1 + salt * 311.7) * 43758.5453);
  }

  float lattice(vec2 cell) {
    return fract(sin(dot(cell, vec2(127.1, 311.7))) * 43758.5453);
  }

  float noise(vec2 place) {
    vec2 cell = floor(place);
    vec2 f = fract(place);
    f = f * f * (3.0 - 2.0 * f);
    return mix(
      mix(lattice(cell), lattice(cell + vec2(1.0, 0.0)), f.x),
      mix(lattice(cell + vec2(0.0, 1.0)), lattice(cell + vec2(1.0, 1.0)), f.x), f.y);
  }

  // Linear colours. Six plasters, brick and timber; tiles and slates; flat roofs in gravel tones.
  const vec3 WALLS[8] = vec3[8](
    vec3(0.72, 0.64, 0.50), vec3(0.74, 0.58, 0.34), vec3(0.78, 0.75, 0.68), vec3(0.55, 0.58, 0.57),
    vec3(0.68, 0.45, 0.30), vec3(0.50, 0.57, 0.47), vec3(0.40, 0.16, 0.10), vec3(0.70, 0.60, 0.54));
  const vec3 TILES[5] = vec3[5](
    vec3(0.31, 0.11, 0.06), vec3(0.35, 0.14, 0.08), vec3(0.24, 0.09, 0.06), vec3(0.11, 0.12, 0.14),
    vec3(0.18, 0.12, 0.10));
  const vec3 FLATS[3] = vec3[3](
    vec3(0.36, 0.34, 0.31), vec3(0.27, 0.28, 0.30), vec3(0.25, 0.29, 0.19));

  vec3 wallColour(float metres) {
    vec3 plaster = WALLS[int(chance(vSeed, 1.0) * 8.0)];
    plaster *= 0.95 + 0.10 * chance(vSeed, 2.0);
    plaster *= mix(vec3(1.02, 1.0, 0.97), vec3(0.97, 1.0, 1.03), chance(vSeed, 3.0));
    // Rain and soil darken the foot of a wall; a plinth ends it.
    float foot = smoothstep(0.0, 1.6, metres);
    float plinth = smoothstep(0.42, 0.46, metres);
    return plaster * mix(0.62, 1.0, foot) * mix(0.80, 1.0, plinth);
  }

  vec3 roofColour(float steepness) {
    float flatness = smoothstep(0.965, 0.985, steepness);
    vec3 tile = TILES[int(chance(vSeed, 4.0) * 5.0)];
    vec3 gravel = FLATS[int(chance(vSeed, 5.0) * 3.0)];
    float mottle = 0.94 + 0.12 * noise(vPlace.xz * 1.7);
    return mix(tile, gravel, flatness) * mottle * (0.94 + 0.12 * chance(vSeed, 6.0));
  }

  vec3 terrainColour(float steepness) {
    float broad = noise(vPlace.xz * 0.035) * 0.65 + noise(vPlace.xz * 0.11) * 0.35;
    float fine = noise(vPlace.xz * 0.9) * 0.45 + noise(vPlace.xz * 3.7) * 0.3;
    // Grain underfoot; beyond a few metres it would only shimmer.
    fine += noise(vPlace.xz * 23.0) * 0.25 * (1.0 - smoothstep(4.0, 14.0, distance(vPlace, cameraPosition)));
    vec3 paving = vec3(0.39, 0.36, 0.31);
    vec3 grass = vec3(0.20, 0.27, 0.11);
    vec3 colour = mix(paving, grass, smoothstep(0.30, 0.72, broad) * 0.7);
    colour = mix(vec3(0.26, 0.21, 0.15), colour, smoothstep(0.6, 0.9, steepness));
    return colour * (0.86 + 0.28 * fine);
  }

  const vec2 WINDOW_M = vec2(1.2, 1.4);
  const float SILL_M = 0.9;
  const vec3 DOORS[4] = vec3[4](
    vec3(0.10, 0.06, 0.04), vec3(0.05, 0.10, 0.08), vec3(0.06, 0.08, 0.13), vec3(0.16, 0.07, 0.05));

  /** Soft-edged rectangle around a middle, all in metres. */
  float rectangle(vec2 place, vec2 middle, vec2 size, vec2 pixel) {
    vec2 inside = smoothstep(-pixel, pixel, 0.5 * size - abs(place - middle));
    return inside.x * inside.y;
  }

  /** A window or, here and there on the ground floor, a door: colour and how much it covers. */
  vec4 opening(vec3 normalWorld, vec3 towardsEye) {
    float bayWidth = vKind.w / ${BAY_STEPS_PER_M.toFixed(1)};
    float storeyHeight = ${LOWEST_STOREY_M.toFixed(1)} + floor(vKind.x / 8.0) / 10.0;
    float storey = floor(vBays.y / storeyHeight);
    vec2 pixel = max(fwidth(vBays) * vec2(bayWidth, 1.0), vec2(1e-3));
    if (vKind.w < 0.5 || storey < vKind.y || storey >= vKind.z) return vec4(0.0);
    float bay = floor(vBays.x);
    vec2 place = vec2((vBays.x - bay - 0.5) * bayWidth, vBays.y - storey * storeyHeight);
    vec2 size = vec2(WINDOW_M.x, min(WINDOW_M.y, storeyHeight - SILL_M - 0.3));
    vec2 middle = vec2(0.0, SILL_M + 0.5 * size.y);
    bool door = storey < 0.5 && lattice(vec2(bay, vSeed * 57.0)) > 0.86;
    if (door) {
      size = vec2(1.05, 2.15);
      middle.y = 0.5 * size.y;
    }
    float cover = rectangle(place, middle, size, pixel);
    float surround = rectangle(place, middle, size + 0.16, pixel);
    vec2 pane = (place - middle) / size + 0.5;
    vec3 colour;
    if (door) {
      float panels = rectangle(vec2(abs(place.x), place.y), vec2(0.24, 1.45), vec2(0.26, 0.8), pixel);
      colour = DOORS[int(chance(vSeed, 7.0) * 4.0)] * (1.0 + 0.5 * panels);
    } else {
      // Two casements and a transom around glass with sky in it.
      vec2 bar = abs(place - vec2(0.0, middle.y + 0.18 * size.y));
      float frame = max(
        1.0 - smoothstep(0.035, 0.035 + pixel.x, min(bar.x, 0.5 * size.x - abs(place.x) + 0.005)),
        1.0 - smoothstep(0.035, 0.035 + pixel.y, min(bar.y, 0.5 * size.y - abs(place.y - middle.y) + 0.005)));
      float fresnel = 0.16 + 0.6 * pow(1.0 - max(dot(normalWorld, towardsEye), 0.0), 4.0);
      float curtain = step(0.72, lattice(vec2(bay, storey) + vSeed * 91.0));
      vec3 room = mix(vec3(0.045, 0.055, 0.07), vec3(0.34, 0.32, 0.28), curtain);
      vec3 glass = mix(room, skyColour(reflect(-towardsEye, normalWorld)), fresnel);
      // The lintel's shadow.
      glass *= mix(1.0, 0.55, smoothstep(0.86, 1.0, pane.y));
      colour = mix(glass, vec3(0.72, 0.70, 0.66), frame * 0.85);
    }
    // The light surround, and the sill that stands out under a window.
    float sill = door ? 0.0 : rectangle(place, vec2(0.0, SILL_M - 0.05), vec2(size.x + 0.3, 0.1), pixel);
    colour = mix(vec3(0.74, 0.72, 0.68), colour, cover);
    cover = max(max(cover, surround * 0.6), sill * 0.9);
    // Far away a window is smaller than a pixel: its mean stands for it.
    float far = smoothstep(0.7, 1.7, max(pixel.x, pixel.y));
    return vec4(mix(colour, vec3(0.16, 0.18, 0.21), far), mix(cover, 0.2, far));
  }
`;

const FRAGMENT_COLOUR = /* glsl */ `
  vec3 normalWorld = inverseTransformDirection(normalize(vNormal), viewMatrix);
  vec3 fromEye = vPlace - cameraPosition;
  float metresAway = length(fromEye);
  vec3 towardsEye = -fromEye / max(metresAway, 0.001);
  int surface = int(vKind.x + 0.5) % 8;
  if (surface == 0) {
    diffuseColor.rgb = wallColour(vBays.y);
    if (facades > 0.5) {
      vec4 drawn = opening(normalWorld, towardsEye);
      diffuseColor.rgb = mix(diffuseColor.rgb, drawn.rgb, drawn.a);
    }
  } else if (surface == 1) {
    diffuseColor.rgb = roofColour(normalWorld.y);
  } else if (surface == 2) {
    diffuseColor.rgb = vec3(0.50, 0.48, 0.45);
  } else if (surface == 3) {
    float fresnel = 0.15 + 0.5 * pow(1.0 - abs(dot(normalWorld, towardsEye)), 4.0);
    diffuseColor.rgb = mix(vec3(0.06, 0.08, 0.10), skyColour(reflect(-towardsEye, normalWorld)), fresnel);
  } else {
    diffuseColor.rgb = terrainColour(normalWorld.y);
  }
`;

const FRAGMENT_AIR = /* glsl */ `
  outgoingLight = mix(outgoingLight, vec3(1.0, 0.62, 0.16) * (0.35 + 0.65 * length(outgoingLight)), vPicked * 0.62);
  vec3 horizonwards = normalize(vec3(fromEye.x, max(fromEye.y, 0.0) * 0.3, fromEye.z));
  float hidden = haze(metresAway);
  if (surface == 4) {
    vec2 beyond = max(max(edge.xy - vPlace.xz, vPlace.xz - edge.zw), 0.0);
    hidden = max(hidden, smoothstep(0.0, 85.0, length(beyond)));
  }
  outgoingLight = mix(outgoingLight, skyColour(horizonwards), hidden);
`;
