/**
 * Puts a cut into the shaders of the city: what is away isn't drawn and throws no shadow, and what
 * one then sees of the inside of walls has one dark colour, as in an architect's drawing.
 *
 * Nothing of it is in any shader before the first cut, nor after the last.
 */
import { BackSide, DoubleSide, FrontSide, Group, MeshLambertMaterial, Vector2, Vector4, type Material, type WebGLProgramParametersWithUniforms } from 'three';

import type { CityMaterials } from '../city/material';
import { surfaceOf, type Stage } from '../city/stage';
import { FIRST_STOREYS, SURFACES } from '../city/surfaces';
import { MOST_PLANES, type Cut } from './cut';

export interface Carving {
  /** Has the shaders made, so that the picture doesn't wait for them. */
  prepare(): Promise<unknown>;
  show(cut: Cut | undefined): void;
}

/** The colour of what is cut: dark slate, sRGB. */
const CUT_COLOUR = 'vec3(0.165, 0.180, 0.200)';
const PICKED_COLOUR = 'vec3(0.93, 0.55, 0.16)';
/** Larger than any city, and not so large that a shader can't square it. */
const FAR_M = 1e7;

const FIRST_LAND = SURFACES.indexOf('terrain');

const CUT_GLSL = /* glsl */ `
  /** Middle of the area (x, z), cosine and sine of its turn. */
  uniform vec4 cutArea;
  uniform vec2 cutHalf;
  uniform vec4 cutPlanes[${MOST_PLANES}];
  bool isInCut(vec3 place) {
    vec2 from = place.xz - cutArea.xy;
    return all(lessThanEqual(abs(vec2(dot(from, cutArea.zw), dot(from, vec2(cutArea.w, -cutArea.z)))), cutHalf));
  }
  bool isBeyond(vec3 place) {
    for (int i = 0; i < ${MOST_PLANES}; i += 1) if (dot(cutPlanes[i].xyz, place) > cutPlanes[i].w) return true;
    return false;
  }
  bool isLand(float kind) {
    return kind > ${FIRST_LAND}.0 - 0.5 && kind < ${FIRST_STOREYS}.0 - 0.5;
  }
`;

const CITY_CUT = /* glsl */ `
  bool isCut = !isLand(vKind.x) && isInCut(vPlace);
  if (isCut ? isBeyond(vPlace) : !gl_FrontFacing) discard;
`;

const CITY_INSIDE = /* glsl */ `
  if (!gl_FrontFacing) gl_FragColor = vec4(mix(${CUT_COLOUR}, ${PICKED_COLOUR}, 0.7 * vPicked), 1.0);
`;

const SHADOW_PLACE = /* glsl */ `
  vec4 stands = vec4(transformed, 1.0);
#ifdef USE_INSTANCING
  stands = instanceMatrix * stands;
#endif
  vPlace = (modelMatrix * stands).xyz;
  vLand = kind.x;
`;

const SHADOW_VARYING = /* glsl */ `
  varying vec3 vPlace;
  flat varying float vLand;
`;

const SHADOW_CUT = /* glsl */ `
  if (!isLand(vLand) && isInCut(vPlace) && isBeyond(vPlace)) discard;
`;

export function createCarving(materials: CityMaterials, stage: Stage): Carving {
  const uniforms = {
    cutArea: { value: new Vector4() },
    cutHalf: { value: new Vector2() },
    cutPlanes: { value: Array.from({ length: MOST_PLANES }, () => new Vector4()) },
  };
  let isOn = false;
  let prepared: Promise<unknown> | undefined;

  function carve(shader: WebGLProgramParametersWithUniforms): void {
    Object.assign(shader.uniforms, uniforms);
    (shader.shaderID === 'depth' ? carveShadow : carveCity)(shader);
  }

  function set({ area, planes }: Cut): void {
    uniforms.cutArea.value.set(area.x, area.z, Math.cos(area.turn), Math.sin(area.turn));
    uniforms.cutHalf.value.set(Math.min(area.halfX, FAR_M), Math.min(area.halfY, FAR_M));
    for (const [i, plane] of uniforms.cutPlanes.value.entries()) {
      if (i < planes.length) plane.set(...planes[i].normal, planes[i].distance);
      else plane.set(0, 0, 0, 1);
    }
  }

  /** Shaders are kept as long as something has them: these samples. */
  async function prepare(): Promise<void> {
    const { city, copied, veils } = materials;
    const { coming } = veils[0];
    const things = new Group();
    for (const [original, isCopied] of [[city, false], [copied, true], [coming.city, false], [coming.copied, true]] as const) {
      const sample = original.clone();
      sample.onBeforeCompile = original.onBeforeCompile;
      dress(sample, true);
      things.add(surfaceOf(sample, isCopied));
    }
    await stage.prepare(things);
  }

  materials.carver.current = { dress: (material) => isOn && dress(material, true), carve };
  return {
    prepare: () => (prepared ??= prepare()),
    show(cut) {
      if (cut) set(cut);
      if (isOn === (cut !== undefined)) return;
      isOn = cut !== undefined;
      for (const material of materials.all) dress(material, isOn);
    },
  };
}

function dress(material: Material, isCarved: boolean): void {
  const { CUT: _, ...defines } = material.defines ?? {};
  material.defines = isCarved ? { ...defines, CUT: '' } : defines;
  material.needsUpdate = true;
  if (!(material instanceof MeshLambertMaterial)) return;
  material.side = isCarved ? DoubleSide : FrontSide;
  // Backs throw the shadows, as they do without a cut.
  material.shadowSide = isCarved ? BackSide : null;
}

function carveCity(shader: WebGLProgramParametersWithUniforms): void {
  shader.fragmentShader = shader.fragmentShader
    .replace('void main() {', `${CUT_GLSL}\nvoid main() {\n${CITY_CUT}`)
    // Under a roof that is away there is sky.
    .replace('overshadowed(vPlace, facing)', '(isCut ? vec2(0.0) : overshadowed(vPlace, facing))')
    .replace(/\}\s*$/, `${CITY_INSIDE}}`);
}

function carveShadow(shader: WebGLProgramParametersWithUniforms): void {
  shader.vertexShader = shader.vertexShader
    .replace('void main() {', `${SHADOW_VARYING}\nvoid main() {`)
    .replace('#include <project_vertex>', `${SHADOW_PLACE}\n#include <project_vertex>`);
  shader.fragmentShader = shader.fragmentShader.replace('void main() {', `${SHADOW_VARYING}\n${CUT_GLSL}\nvoid main() {\n${SHADOW_CUT}`);
}
