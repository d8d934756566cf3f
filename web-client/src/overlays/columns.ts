/**
 * One slender column with a ball at each place, as high and in the colour of its value. It is never
 * thinner than a few pixels, so that it is seen from afar. All of them are one draw.
 */
import { BufferAttribute, BufferGeometry, Color, DynamicDrawUsage, InstancedBufferAttribute, InstancedMesh, MeshBasicMaterial, SRGBColorSpace, type Object3D } from 'three';

import { nearest, type From, type Marker } from './marker';

export interface Columns {
  readonly root: Object3D;
  show(markers: readonly Marker[], from: From): void;
  dispose(): void;
}

export const MOST_COLUMNS = 512;
const LOWEST_M = 2;
const HIGHEST_M = 18;
const SIDES = 14;
const DARKEST = 0.78;
/** A shaft is as good as upright. */
const SHAFT = 100;
const HATCHED = 1;

export function columnHeight(share: number): number {
  return LOWEST_M + (HIGHEST_M - LOWEST_M) * share;
}

export function createColumns(): Columns {
  const geometry = createShape();
  const doubt = new InstancedBufferAttribute(new Float32Array(MOST_COLUMNS), 1).setUsage(DynamicDrawUsage);
  geometry.setAttribute('doubt', doubt);
  const material = createMaterial();
  const mesh = new InstancedMesh(geometry, material, MOST_COLUMNS);
  mesh.instanceColor = new InstancedBufferAttribute(new Float32Array(3 * MOST_COLUMNS), 3).setUsage(DynamicDrawUsage);
  mesh.instanceMatrix.setUsage(DynamicDrawUsage);
  mesh.frustumCulled = false;
  mesh.visible = false;
  const colour = new Color();

  return {
    root: mesh,
    show(markers, from) {
      const shown = nearest(markers, from, MOST_COLUMNS);
      const places = mesh.instanceMatrix.array;
      for (const [i, { place, colour: [red, green, blue], share, doubted }] of shown.entries()) {
        places.fill(0, 16 * i, 16 * i + 16);
        places[16 * i] = places[16 * i + 10] = places[16 * i + 15] = 1;
        places[16 * i + 5] = columnHeight(share);
        places.set(place, 16 * i + 12);
        colour.setRGB(red / 255, green / 255, blue / 255, SRGBColorSpace).toArray(mesh.instanceColor!.array, 3 * i);
        doubt.setX(i, doubted ? HATCHED : 0);
      }
      mesh.count = shown.length;
      mesh.visible = shown.length > 0;
      for (const attribute of [mesh.instanceMatrix, mesh.instanceColor!, doubt]) {
        attribute.clearUpdateRanges();
        attribute.addUpdateRange(0, attribute.itemSize * shown.length);
        attribute.needsUpdate = true;
      }
    },
    dispose() {
      mesh.dispose();
      geometry.dispose();
      material.dispose();
    },
  };
}

/**
 * What is turned around the upright, from the ground up: how far out, in radii; whether it is at the foot or
 * at the top; how much above that, in radii. A foot that stands on the ground, a shaft, a ball.
 */
const OUTLINE: readonly (readonly [out: number, end: 0 | 1, above: number])[] = [
  [2.2, 0, 0],
  [2.2, 0, 0.25],
  [1, 0, 0.45],
  [1, 1, -0.3],
  [1.5, 1, 0.1],
  [1.8, 1, 0.9],
  [1.5, 1, 1.7],
  [0.9, 1, 2.2],
  [0, 1, 2.35],
];

/** Of radius and height one; a little darker on the sides that look west. */
function createShape(): BufferGeometry {
  const positions: number[] = [];
  const normals: number[] = [];
  const aboves: number[] = [];
  const colours: number[] = [];
  for (let i = 0; i < SIDES; i += 1) {
    for (let k = 0; k + 1 < OUTLINE.length; k += 1) {
      const [low, high] = [OUTLINE[k], OUTLINE[k + 1]];
      const up = high[1] > low[1] ? SHAFT : high[2] - low[2];
      const long = Math.hypot(up, low[0] - high[0]);
      for (const [side, [out, end, above]] of [[0, low], [1, low], [1, high], [0, low], [1, high], [0, high]] as const) {
        const angle = (2 * Math.PI * (i + side)) / SIDES;
        const [x, z] = [Math.sin(angle), Math.cos(angle)];
        positions.push(x * out, end, z * out);
        normals.push((x * up) / long, (low[0] - high[0]) / long, (z * up) / long);
        aboves.push(above);
        const light = DARKEST + (1 - DARKEST) * (0.5 + 0.5 * x);
        colours.push(light, light, light);
      }
    }
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(new Float32Array(positions), 3));
  geometry.setAttribute('outwards', new BufferAttribute(new Float32Array(normals), 3));
  geometry.setAttribute('above', new BufferAttribute(new Float32Array(aboves), 1));
  geometry.setAttribute('color', new BufferAttribute(new Float32Array(colours), 3));
  return geometry;
}

/** Its colours are those of the legend at any hour, so neither light nor exposure changes them. */
function createMaterial(): MeshBasicMaterial {
  const material = new MeshBasicMaterial({ vertexColors: true, toneMapped: false });
  material.onBeforeCompile = (shader) => {
    shader.vertexShader = shader.vertexShader
      .replace('#include <common>', `#include <common>\nattribute float doubt;\nattribute float above;\nattribute vec3 outwards;\n${VARYINGS}`)
      .replace('#include <begin_vertex>', SLENDER);
    shader.fragmentShader = shader.fragmentShader
      .replace('#include <common>', `#include <common>\n${VARYINGS}`)
      .replace('#include <color_fragment>', `#include <color_fragment>\n${MARKS}`);
  };
  return material;
}

const VARYINGS = /* glsl */ `
  varying float vDoubt;
  varying float vUp;
  varying float vMetre;
  varying vec3 vOutwards;
  varying vec3 vToEye;
`;

/** Wider from afar; `vUp` is metres above the ground. */
const SLENDER = /* glsl */ `
  vec3 transformed = position;
  float far = distance(cameraPosition, instanceMatrix[3].xyz);
  float radius = clamp(far * 0.003, 0.12, 6.0);
  float high = instanceMatrix[1].y;
  transformed.xz *= radius;
  transformed.y += above * radius / high;
  vDoubt = doubt;
  vUp = transformed.y * high;
  vMetre = radius;
  vOutwards = outwards;
  vToEye = cameraPosition - (instanceMatrix * vec4(transformed, 1.0)).xyz;
`;

/**
 * A rim that stands off from the colour, so that the darkest is seen at night and the palest on a white wall;
 * and stripes where something speaks against the value.
 */
const MARKS = /* glsl */ `
  if (vDoubt > 0.5 && fract(vUp / (2.4 * vMetre)) < 0.5) diffuseColor.rgb = mix(diffuseColor.rgb, vec3(0.93), 0.6);
  float facing = abs(dot(normalize(vOutwards), normalize(vToEye)));
  float pale = dot(diffuseColor.rgb, vec3(0.2126, 0.7152, 0.0722));
  vec3 rimColour = pale > 0.3 ? diffuseColor.rgb * 0.25 : mix(diffuseColor.rgb, vec3(0.97, 0.94, 0.88), 0.85);
  diffuseColor.rgb = mix(rimColour, diffuseColor.rgb, smoothstep(0.28, 0.5, facing));
`;
