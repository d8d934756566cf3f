/** The city's materials: one shader, once for all tiles and once for the tile with the picked feature. */
import { MeshDepthMaterial, MeshLambertMaterial, Vector2, type IUniform, type Material, type Texture, type WebGLProgramParametersWithUniforms } from 'three';

import {
  FRAGMENT_AIR,
  FRAGMENT_COLOUR,
  FRAGMENT_HEAD,
  FRAGMENT_LIGHT,
  SHADOW_HEAD,
  SHADOW_MAIN,
  VERTEX_DEPTH,
  VERTEX_HEAD,
  VERTEX_MAIN,
  VERTEX_NORMAL,
  VERTEX_PLACE,
  VERTEX_WORLD,
} from './shaders/city';
import type { Surroundings } from './surroundings';

/** What the plain surfaces of a tile are drawn with. */
export interface Coat {
  readonly city: MeshLambertMaterial;
  /** The same for the tile that holds the picked feature. */
  readonly picked: MeshLambertMaterial;
  /** Both once more for what stands in many places, so that neither changes its shader from draw to draw. */
  readonly copied: MeshLambertMaterial;
  readonly copiedPicked: MeshLambertMaterial;
}

/** What tiles are drawn with while one level of detail dissolves into another. */
export interface Veil {
  readonly coming: Coat;
  readonly going: Coat;
  /** Which pixels show the new and which the old, as in shaders/dissolve.ts. */
  readonly kept: { readonly coming: Vector2; readonly going: Vector2 };
}

/** An image on some faces of one tile. */
export interface PhotoMaterial {
  readonly material: MeshLambertMaterial;
  /** The same while its tile dissolves. */
  readonly dissolving: MeshLambertMaterial;
  /** As in shaders/dissolve.ts. */
  readonly kept: IUniform<Vector2>;
  /** Row of the picked feature in its tile, −1 for none. */
  readonly pickedFeature: IUniform<number>;
}

/** Takes part of the city out of the picture; here when something is cut for the first time (section/carving.ts). */
export interface Carver {
  /** Makes a material one that is carved, where a cut is on. */
  dress(material: Material): void;
  /** Changes the shader of one that is. */
  carve(shader: WebGLProgramParametersWithUniforms): void;
}

export interface CityMaterials extends Coat {
  /** All that tiles are drawn with, into the picture and into the shadow map. */
  readonly all: ReadonlySet<Material>;
  readonly carver: { current: Carver | undefined };
  /** As many changes of level can be under way at a time. */
  readonly veils: readonly Veil[];
  /** The same with an image on it; `masked` where the image has holes. */
  readonly photo: (image: Texture, masked: boolean) => PhotoMaterial;
  /** What tiles are drawn with into the shadow map. */
  readonly shadow: MeshDepthMaterial;
  /** Row of the picked feature in the picked material's tile. */
  readonly pickedFeature: IUniform<number>;
  /** 1: plausible windows are drawn; 0: as measured. */
  readonly facades: IUniform<number>;
}

const VEILS = 3;

export function createCityMaterials(surroundings: Surroundings): CityMaterials {
  const facades = { value: 1 };
  const pickedFeature = { value: -1 };
  const none = { value: -1 };
  const shared = { ...surroundings, facades };
  const all = new Set<Material>();
  const carver: CityMaterials['carver'] = { current: undefined };

  /** What a shader is changed by when it is made, and once more where it is carved. */
  function keep<M extends Material>(material: M): M {
    const { onBeforeCompile } = material;
    material.onBeforeCompile = (shader, renderer) => {
      onBeforeCompile(shader, renderer);
      if (shader.defines?.CUT !== undefined) carver.current?.carve(shader);
    };
    all.add(material);
    material.addEventListener('dispose', () => all.delete(material));
    carver.current?.dress(material);
    return material;
  }

  function createOne(picked: IUniform<number>, kept?: IUniform<Vector2>): MeshLambertMaterial {
    return keep(createMaterial({ ...shared, pickedFeature: picked }, kept));
  }

  function createCoat(kept?: IUniform<Vector2>): Coat {
    return {
      city: createOne(none, kept),
      picked: createOne(pickedFeature, kept),
      copied: createOne(none, kept),
      copiedPicked: createOne(pickedFeature, kept),
    };
  }

  function createVeil(): Veil {
    const kept = { coming: new Vector2(0, 0), going: new Vector2(0, 1) };
    return { coming: createCoat({ value: kept.coming }), going: createCoat({ value: kept.going }), kept };
  }

  return {
    ...createCoat(),
    veils: Array.from({ length: VEILS }, createVeil),
    photo(image, masked) {
      const pickedInTile = { value: -1 };
      const kept = { value: new Vector2(0, 1) };
      const [material, dissolving] = [undefined, kept].map((veil) => {
        const made = createOne(pickedInTile, veil);
        made.map = image;
        made.alphaTest = masked ? 0.5 : 0;
        return made;
      });
      return { material, dissolving, kept, pickedFeature: pickedInTile };
    },
    shadow: keep(createShadowMaterial()),
    all,
    carver,
    pickedFeature,
    facades,
  };
}

/** @param kept where it can dissolve: which pixels are drawn (shaders/dissolve.ts). */
function createMaterial(uniforms: Record<string, IUniform>, kept?: IUniform<Vector2>): MeshLambertMaterial {
  const material = new MeshLambertMaterial();
  if (kept) material.defines = { DISSOLVES: '' };
  material.onBeforeCompile = (shader) => {
    Object.assign(shader.uniforms, uniforms, kept && { kept });
    shader.vertexShader = shader.vertexShader
      .replace('#include <common>', `#include <common>\n${VERTEX_HEAD}`)
      .replace('#include <begin_vertex>', `#include <begin_vertex>\n${VERTEX_MAIN}`)
      .replace('#include <defaultnormal_vertex>', VERTEX_NORMAL)
      .replace('#include <project_vertex>', `#include <project_vertex>\n${VERTEX_DEPTH}\n${VERTEX_PLACE}`)
      .replace('#include <worldpos_vertex>', VERTEX_WORLD);
    shader.fragmentShader = shader.fragmentShader
      .replace('#include <common>', `#include <common>\n${FRAGMENT_HEAD}`)
      .replace('#include <color_fragment>', FRAGMENT_COLOUR)
      .replace('#include <aomap_fragment>', FRAGMENT_LIGHT)
      .replace('#include <opaque_fragment>', `${FRAGMENT_AIR}\n#include <opaque_fragment>`);
  };
  return material;
}

function createShadowMaterial(): MeshDepthMaterial {
  const material = new MeshDepthMaterial();
  material.onBeforeCompile = (shader) => {
    shader.vertexShader = shader.vertexShader
      .replace('#include <common>', `#include <common>\n${SHADOW_HEAD}`)
      .replace('#include <begin_vertex>', `#include <begin_vertex>\n${SHADOW_MAIN}`);
  };
  return material;
}
