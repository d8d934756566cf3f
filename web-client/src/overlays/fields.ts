/**
 * A quiet field of particles around a place, for what is in the air: the more of it, the more of them.
 * They drift with the wind of plants and waves, and stand still where that does (city/breeze.ts).
 * All fields are one draw.
 */
import { BufferAttribute, DynamicDrawUsage, InstancedBufferAttribute, InstancedBufferGeometry, Mesh, ShaderMaterial, type IUniform, type Object3D } from 'three';

import { nearest, type From, type Marker } from './marker';

export interface Fields {
  readonly root: Object3D;
  show(markers: readonly Marker[], from: From): void;
  dispose(): void;
}

export const MOST_FIELDS = 8;
export const EACH = 420;
const FEWEST = 40;
const RADIUS_M = 30;

/** How many particles a value has. */
export function particles(share: number): number {
  return Math.round(FEWEST + (EACH - FEWEST) * share);
}

/** @param seconds the time of wind and waves. */
export function createFields(seconds: IUniform<number>): Fields {
  const geometry = new InstancedBufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(new Float32Array([-1, -1, 0, 1, -1, 0, 1, 1, 0, -1, 1, 0]), 3));
  geometry.setIndex([0, 1, 2, 0, 2, 3]);
  const most = MOST_FIELDS * EACH;
  const middle = new InstancedBufferAttribute(new Float32Array(3 * most), 3).setUsage(DynamicDrawUsage);
  const tone = new InstancedBufferAttribute(new Uint8Array(4 * most), 4, true).setUsage(DynamicDrawUsage);
  geometry.setAttribute('middle', middle);
  geometry.setAttribute('tone', tone);
  geometry.setAttribute('chance', new InstancedBufferAttribute(chances(most), 4, true));
  geometry.instanceCount = 0;
  const material = new ShaderMaterial({ uniforms: { seconds }, vertexShader: VERTEX, fragmentShader: FRAGMENT, transparent: true, depthWrite: false, toneMapped: false });
  const mesh = new Mesh(geometry, material);
  mesh.frustumCulled = false;
  mesh.visible = false;
  // After the sky.
  mesh.renderOrder = 2;

  return {
    root: mesh,
    show(markers, from) {
      let count = 0;
      for (const { place, colour, share, doubted } of nearest(markers, from, MOST_FIELDS)) {
        for (const end = count + particles(share); count < end; count += 1) {
          middle.setXYZ(count, ...place);
          tone.array.set(colour, 4 * count);
          tone.array[4 * count + 3] = doubted ? 90 : 255;
        }
      }
      geometry.instanceCount = count;
      mesh.visible = count > 0;
      for (const attribute of [middle, tone]) {
        attribute.clearUpdateRanges();
        attribute.addUpdateRange(0, attribute.itemSize * count);
        attribute.needsUpdate = true;
      }
    },
    dispose() {
      geometry.dispose();
      material.dispose();
    },
  };
}

/** The same for everyone, so that a field looks the same on each visit. */
function chances(count: number): Uint8Array {
  const bytes = new Uint8Array(4 * count);
  let state = 0x2545f491;
  for (let i = 0; i < bytes.length; i += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

const VERTEX = /* glsl */ `
  attribute vec3 middle;
  attribute vec4 tone;
  attribute vec4 chance;
  uniform float seconds;
  varying vec2 vCorner;
  varying vec4 vTone;
  void main() {
    float turn = 6.2832 * chance.x + 0.05 * sin(seconds * 0.11 + 30.0 * chance.w);
    float outward = ${RADIUS_M.toFixed(1)} * sqrt(chance.y);
    vec3 place = middle + vec3(cos(turn) * outward, -2.0 + 11.0 * chance.z * chance.z, sin(turn) * outward);
    place += vec3(sin(seconds * 0.23 + 40.0 * chance.w), 0.6 * sin(seconds * 0.31 + 25.0 * chance.y), cos(seconds * 0.19 + 33.0 * chance.z));
    vec4 seen = viewMatrix * vec4(place, 1.0);
    float away = length(seen.xyz);
    float size = max(0.022 + 0.05 * chance.w * chance.w, 0.0019 * away);
    seen.xy += position.xy * size;
    gl_Position = projectionMatrix * seen;
    vCorner = position.xy;
    float rim = smoothstep(${RADIUS_M.toFixed(1)}, ${(0.6 * RADIUS_M).toFixed(1)}, outward);
    vTone = vec4(tone.rgb, tone.a * (0.35 + 0.65 * rim) * smoothstep(1.0, 3.5, away) * smoothstep(900.0, 500.0, away));
  }
`;

/** A soft disc, a little lighter in its middle, so that it is seen before bright and before dark walls. */
const FRAGMENT = /* glsl */ `
  varying vec2 vCorner;
  varying vec4 vTone;
  void main() {
    float away = length(vCorner);
    float soft = smoothstep(1.0, 0.3, away);
    vec3 colour = mix(vTone.rgb, vec3(1.0), 0.25 * smoothstep(0.4, 0.0, away));
    gl_FragColor = vec4(colour, 0.85 * soft * vTone.a);
    if (gl_FragColor.a < 0.01) discard;
  }
`;
