/**
 * What puts a vehicle on the ground: the shade below it, and the shadow that it casts. Reckoned from a box
 * around its body, since the city's own shadows are drawn anew only where the city is another.
 */
import { MeshLambertMaterial, PlaneGeometry, type BufferGeometry } from 'three';

import type { Surroundings } from '../city/surroundings';

/** Of all of them; a rim of it is left free, as bodies taper. */
export const SHADE_HIGH_M = 3;

/** Stretched by the shader: a square of one metre that its matrix makes as broad and as long as the body. */
export function createShadeShape(): BufferGeometry {
  return new PlaneGeometry(1, 1).rotateX(-Math.PI / 2).deleteAttribute('uv');
}

/** Its matrix says place and heading, and by its scale how broad, how high and how long the body is. */
export function createShadeMaterial({ casterTowards }: Surroundings): MeshLambertMaterial {
  const material = new MeshLambertMaterial({ transparent: true, depthWrite: false });
  material.onBeforeCompile = (shader) => {
    shader.uniforms.casterTowards = casterTowards;
    shader.vertexShader = shader.vertexShader.replace('#include <common>', `#include <common>\n${VERTEX_HEAD}`).replace('#include <begin_vertex>', STRETCH);
    shader.fragmentShader = shader.fragmentShader
      .replace('#include <common>', `#include <common>\n${FRAGMENT_HEAD}`)
      .replace('#include <opaque_fragment>', `${DARKEN}\n#include <opaque_fragment>`);
  };
  return material;
}

const VERTEX_HEAD = /* glsl */ `
  uniform vec3 casterTowards;
  varying vec2 vPlace;
  flat varying vec2 vAway;
`;

/** `vAway` is where the roof's shadow falls, in breadths and lengths; the far side lies over kerbs. */
const STRETCH = /* glsl */ `
  vec3 broad = instanceMatrix[0].xyz;
  vec3 along = instanceMatrix[2].xyz;
  float high = instanceMatrix[1].y;
  vec3 fall = vec3(-casterTowards.x, 0.0, -casterTowards.z) / max(casterTowards.y, 0.12) * high;
  vAway = vec2(dot(fall, broad) / dot(broad, broad), dot(fall, along) / dot(along, along));
  vec2 side = sign(position.xz);
  vPlace = side * 0.5 + vAway * step(0.0, side * vAway);
  vec3 transformed = vec3(vPlace.x, any(greaterThan(abs(vPlace), vec2(0.51))) ? 0.12 / high : 0.0, vPlace.y);
`;

/** @param light how much of the light on level ground comes straight from sun or moon, past the city. */
const FRAGMENT_HEAD = /* glsl */ `
  varying vec2 vPlace;
  flat varying vec2 vAway;

  float shadeAt(float light) {
    vec2 inside = 1.0 - smoothstep(vec2(0.38, 0.44), vec2(0.5), abs(vPlace));
    float below = 0.5 * inside.x * inside.y;
    // Where a ray to the sun, which rises over the body's height from 0 to 1, is within the box.
    vec2 away = vAway + (1.0 - step(0.0, abs(vAway) - 1e-4)) * 1e-4;
    vec2 one = (vPlace - 0.44) / away;
    vec2 other = (vPlace + 0.44) / away;
    vec2 enters = min(one, other);
    vec2 leaves = max(one, other);
    float within = min(min(leaves.x, leaves.y), 1.0) - max(max(enters.x, enters.y), 0.08);
    float shadow = smoothstep(0.0, 0.05, within) * light;
    return 1.0 - (1.0 - below) * (1.0 - shadow);
  }
`;

/** So the city's own shadows aren't darkened twice. */
const DARKEN = /* glsl */ `
  float straight = dot(reflectedLight.directDiffuse, vec3(1.0));
  float around = dot(reflectedLight.indirectDiffuse, vec3(1.0));
  outgoingLight = vec3(0.0);
  diffuseColor.a = shadeAt(straight / max(straight + around, 1e-6));
`;
