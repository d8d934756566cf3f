/**
 * Heat columns: one slender column at each place, as high and in the colour of its value. It is never
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
const SIDES = 8;
const DARKEST = 0.78;
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

/** A prism of radius and height one, a little darker on the sides that look west, with a lid; no normals. */
function createShape(): BufferGeometry {
  const positions: number[] = [];
  const colours: number[] = [];
  const add = (corners: readonly (readonly number[])[], light: number): void => {
    for (const corner of corners) {
      positions.push(...corner);
      colours.push(light, light, light);
    }
  };
  for (let i = 0; i < SIDES; i += 1) {
    const [a, b] = [i, i + 1].map((k) => (2 * Math.PI * k) / SIDES);
    const [x0, z0, x1, z1] = [Math.sin(a), Math.cos(a), Math.sin(b), Math.cos(b)];
    const light = DARKEST + (1 - DARKEST) * (0.5 + 0.5 * Math.sin((a + b) / 2));
    add([[x0, 0, z0], [x1, 0, z1], [x1, 1, z1], [x0, 0, z0], [x1, 1, z1], [x0, 1, z0]], light);
    add([[x0, 1, z0], [x1, 1, z1], [0, 1, 0]], 1);
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(new Float32Array(positions), 3));
  geometry.setAttribute('color', new BufferAttribute(new Float32Array(colours), 3));
  return geometry;
}

/** Its colours are those of the legend at any hour, so neither light nor exposure changes them. */
function createMaterial(): MeshBasicMaterial {
  const material = new MeshBasicMaterial({ vertexColors: true, toneMapped: false });
  material.onBeforeCompile = (shader) => {
    shader.vertexShader = shader.vertexShader
      .replace('#include <common>', '#include <common>\nattribute float doubt;\nvarying float vDoubt;\nvarying float vUp;\nvarying float vMetre;')
      .replace('#include <begin_vertex>', SLENDER);
    shader.fragmentShader = shader.fragmentShader
      .replace('#include <common>', '#include <common>\nvarying float vDoubt;\nvarying float vUp;\nvarying float vMetre;')
      .replace('#include <color_fragment>', `#include <color_fragment>\n${STRIPES}`);
  };
  return material;
}

/** Wider at its foot and under its lid, and wider from afar. */
const SLENDER = /* glsl */ `
  vec3 transformed = position;
  float far = distance(cameraPosition, instanceMatrix[3].xyz);
  float radius = clamp(far * 0.003, 0.2, 7.0);
  transformed.xz *= radius;
  vDoubt = doubt;
  vUp = position.y * instanceMatrix[1].y;
  vMetre = radius;
`;

const STRIPES = /* glsl */ `
  if (vDoubt > 0.5 && fract(vUp / (2.4 * vMetre)) < 0.5) diffuseColor.rgb = mix(diffuseColor.rgb, vec3(0.93), 0.6);
`;
