/** How vehicles are painted: livery, windows that are lit at night, the plate with the number, and the air in between. */
import { MeshLambertMaterial, type IUniform, type Texture } from 'three';

import { HAZE_GLSL, SKY_GLSL } from '../city/shaders/sky';
import { THRESHOLD_GLSL } from '../city/shaders/dissolve';
import type { Surroundings } from '../city/surroundings';
import { COLUMNS, ROWS } from './plates';

/** Of each vehicle: the cell of its number, how much of it is drawn, and its livery (`instanceColor`). */
export function createVehicleMaterial(surroundings: Surroundings, plates: Texture): MeshLambertMaterial {
  const uniforms: Record<string, IUniform> = { ...surroundings, plates: { value: plates } };
  const material = new MeshLambertMaterial({ vertexColors: true });
  material.onBeforeCompile = (shader) => {
    Object.assign(shader.uniforms, uniforms);
    shader.vertexShader = shader.vertexShader
      .replace('#include <common>', `#include <common>\n${VERTEX_HEAD}`)
      .replace('#include <color_vertex>', VERTEX_COLOUR);
    shader.fragmentShader = shader.fragmentShader
      .replace('#include <common>', `#include <common>\n${FRAGMENT_HEAD}`)
      .replace('#include <color_fragment>', FRAGMENT_COLOUR)
      .replace('#include <opaque_fragment>', `${FRAGMENT_AIR}\n#include <opaque_fragment>`);
  };
  return material;
}

const VERTEX_HEAD = /* glsl */ `
  attribute vec3 part;
  attribute vec2 onPlate;
  attribute vec2 whose;
  varying vec3 vPart;
  varying vec2 vOnPlate;
  varying vec3 vPlace;
  flat varying float vShown;
`;

const VERTEX_COLOUR = /* glsl */ `
  vColor = vec4(color.rgb * mix(vec3(1.0), instanceColor.rgb, part.x), 1.0);
  vPart = part;
  vec2 cell = vec2(mod(whose.x, ${COLUMNS.toFixed(1)}), ${(ROWS - 1).toFixed(1)} - floor(whose.x / ${COLUMNS.toFixed(1)}));
  vOnPlate = (cell + onPlate) / vec2(${COLUMNS.toFixed(1)}, ${ROWS.toFixed(1)});
  vShown = whose.y;
  vPlace = (instanceMatrix * vec4(position, 1.0)).xyz;
`;

const FRAGMENT_HEAD = /* glsl */ `
  varying vec3 vPart;
  varying vec2 vOnPlate;
  varying vec3 vPlace;
  flat varying float vShown;
  uniform sampler2D plates;
  uniform float lamp;
  uniform float lit;
  ${SKY_GLSL}
  ${HAZE_GLSL}
`;

const FRAGMENT_COLOUR = /* glsl */ `
  if (vShown < 1.0 && ${THRESHOLD_GLSL} >= vShown) discard;
  vec3 fromEye = vPlace - cameraPosition;
  float metresAway = length(fromEye);
  vec3 glow = vec3(0.0);
  diffuseColor.rgb *= vColor.rgb;
  if (vPart.z > 0.5) {
    vec3 written = texture2D(plates, vOnPlate).rgb;
    diffuseColor.rgb = written * 0.4;
    glow = written * lamp * 0.5;
  } else if (vPart.y > 1.5) {
    glow = vColor.rgb * lamp * (0.25 + 1.5 * night);
  } else if (vPart.y > 0.5) {
    // Windows mirror the sky; at night one looks in.
    vec3 facing = inverseTransformDirection(normalize(vNormal), viewMatrix);
    vec3 mirror = reflect(fromEye / max(metresAway, 0.001), facing);
    mirror.y = max(mirror.y, 0.06);
    glow = skyColour(normalize(mirror)) * (0.08 + 0.5 * pow(1.0 - abs(dot(normalize(fromEye), facing)), 4.0));
    glow += vec3(1.0, 0.78, 0.48) * lamp * 0.8 * smoothstep(0.0, 0.3, lit);
  }
`;

const FRAGMENT_AIR = /* glsl */ `
  outgoingLight += glow;
  outgoingLight = mix(outgoingLight, horizonColour(fromEye), haze(metresAway, -fromEye.y));
`;
