import { BackSide, DoubleSide, FrontSide, ShaderLib, Texture, type Material, type WebGLProgramParametersWithUniforms, type WebGLRenderer } from 'three';
import { beforeEach, describe, expect, it } from 'vitest';

import { createCityMaterials, type CityMaterials } from '../../src/city/material';
import type { Stage } from '../../src/city/stage';
import type { Surroundings } from '../../src/city/surroundings';
import { createCarving, type Carving } from '../../src/section/carving';
import { EVERYWHERE, type Cut } from '../../src/section/cut';

const CUT: Cut = { area: { ...EVERYWHERE, x: 7 }, planes: [{ normal: [0, 1, 0], distance: 3 }] };

let materials: CityMaterials;
let carving: Carving;

beforeEach(() => {
  materials = createCityMaterials({} as Surroundings);
  carving = createCarving(materials, { prepare: () => Promise.resolve() } as unknown as Stage);
});

/** The shader as it is given to the graphics card. */
function made(material: Material, from: 'lambert' | 'depth'): WebGLProgramParametersWithUniforms {
  const { vertexShader, fragmentShader } = ShaderLib[from];
  const shader = { shaderID: from, vertexShader, fragmentShader, uniforms: {}, defines: material.defines } as unknown as WebGLProgramParametersWithUniforms;
  material.onBeforeCompile(shader, {} as WebGLRenderer);
  return shader;
}

describe('without a cut', () => {
  it('no shader knows of one', () => {
    for (const shader of [made(materials.city, 'lambert'), made(materials.shadow, 'depth')]) {
      expect(shader.fragmentShader + shader.vertexShader).not.toMatch(/cut/i);
      expect(shader.uniforms).not.toHaveProperty('cutArea');
    }
    expect(materials.city.side).toBe(FrontSide);
  });
});

describe('with a cut', () => {
  beforeEach(() => carving.show(CUT));

  it('the city is drawn without what is away, with dark insides, and without shade from a roof that is away', () => {
    const { fragmentShader, uniforms } = made(materials.city, 'lambert');
    const main = fragmentShader.slice(fragmentShader.indexOf('void main() {'));
    expect(main).toMatch(/^void main\(\) \{\s+bool isCut = /);
    expect(main.match(/isCut \? vec2\(0\.0\) : overshadowed\(/g)).toHaveLength(1);
    expect(main.trimEnd()).toMatch(/if \(!gl_FrontFacing\) gl_FragColor = .*;\s*\}$/);
    expect(uniforms.cutArea.value.x).toBe(7);
    expect(uniforms.cutPlanes.value.map(({ w }: { w: number }) => w)).toEqual([3, 1]);
  });

  it('shadows are, too, and come from backs as before', () => {
    const { fragmentShader, vertexShader } = made(materials.shadow, 'depth');
    expect(vertexShader).toContain('vLand = kind.x;');
    expect(fragmentShader).toMatch(/void main\(\) \{\s+if \(!isLand\(vLand\)/);
    expect(materials.city).toMatchObject({ side: DoubleSide, shadowSide: BackSide });
  });

  it('so is what dissolves, what is picked, and what comes later', () => {
    const { material, dissolving } = materials.photo(new Texture(), false);
    for (const one of [material, dissolving, materials.picked, materials.veils[0].going.copied]) expect(one.defines).toHaveProperty('CUT');
    expect(dissolving.defines).toHaveProperty('DISSOLVES');
  });

  it('all is as it was when it ends', () => {
    carving.show(undefined);
    expect(made(materials.city, 'lambert').fragmentShader).not.toMatch(/isCut/);
    expect(materials.city).toMatchObject({ side: FrontSide, shadowSide: null });
    expect(materials.veils[0].coming.city.defines).toEqual({ DISSOLVES: '' });
  });
});

it('forgets what is thrown away', () => {
  const { material } = materials.photo(new Texture(), false);
  expect(materials.all.has(material)).toBe(true);
  material.dispose();
  expect(materials.all.has(material)).toBe(false);
});
