/** The city's materials: one shader, once for all tiles and once for the tile with the picked feature. */
import { MeshDepthMaterial, MeshLambertMaterial, Vector4, type IUniform, type Texture } from 'three';

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

/** An image on some faces of one tile. */
export interface PhotoMaterial {
  readonly material: MeshLambertMaterial;
  /** Row of the picked feature in its tile, −1 for none. */
  readonly pickedFeature: IUniform<number>;
}

export interface CityMaterials {
  readonly city: MeshLambertMaterial;
  /** The same for the tile that holds the picked feature. */
  readonly picked: MeshLambertMaterial;
  /** The same with an image on it; `masked` where the image has holes. */
  readonly photo: (image: Texture, masked: boolean) => PhotoMaterial;
  /** What tiles are drawn with into the shadow map. */
  readonly shadow: MeshDepthMaterial;
  /** Row of the picked feature in the picked material's tile. */
  readonly pickedFeature: IUniform<number>;
  /** 1: plausible windows are drawn; 0: as measured. */
  readonly facades: IUniform<number>;
  /** Least x and z, greatest x and z of the mapped city, world frame; beyond, the ground dissolves. */
  readonly edge: IUniform<Vector4>;
}

export function createCityMaterials(surroundings: Surroundings): CityMaterials {
  const facades = { value: 1 };
  const edge = { value: new Vector4(-1e6, -1e6, 1e6, 1e6) };
  const pickedFeature = { value: -1 };
  const none = { value: -1 };
  return {
    city: createMaterial({ ...surroundings, facades, edge, pickedFeature: none }),
    picked: createMaterial({ ...surroundings, facades, edge, pickedFeature }),
    photo(image, masked) {
      const pickedInTile = { value: -1 };
      const material = createMaterial({ ...surroundings, facades, edge, pickedFeature: pickedInTile });
      material.map = image;
      material.alphaTest = masked ? 0.5 : 0;
      return { material, pickedFeature: pickedInTile };
    },
    shadow: createShadowMaterial(),
    pickedFeature,
    facades,
    edge,
  };
}

function createMaterial(uniforms: Record<string, IUniform>): MeshLambertMaterial {
  const material = new MeshLambertMaterial();
  material.onBeforeCompile = (shader) => {
    Object.assign(shader.uniforms, uniforms);
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
