/** Images inside of a GLB for three's loader, which would ask for them by addresses that the page forbids. */
import { ClampToEdgeWrapping, MirroredRepeatWrapping, RepeatWrapping, SRGBColorSpace, Texture, type Wrapping } from 'three';
import type { GLTFLoaderPlugin, GLTFParser } from 'three/addons/loaders/GLTFLoader.js';

import type { Gltf } from '../protocol/glb';

const WRAPPINGS: Readonly<Record<number, Wrapping>> = {
  33_071: ClampToEdgeWrapping,
  33_648: MirroredRepeatWrapping,
  10_497: RepeatWrapping,
};

type Images = Pick<Gltf, 'textures' | 'images' | 'samplers'>;

export function embeddedImages(parser: GLTFParser): GLTFLoaderPlugin {
  const json = parser.json as Images;
  return {
    name: 'embedded-images',
    // The loader's own type asks for a promise, and takes null for "not mine" as well.
    loadTexture: (number: number) => load(parser, json, number) as Promise<Texture>,
  };
}

async function load(parser: GLTFParser, json: Images, number: number): Promise<Texture | null> {
  const found = json.textures?.[number];
  const image = json.images?.[found?.extensions?.EXT_texture_webp?.source ?? found?.source ?? -1];
  if (image?.bufferView === undefined) return null;
  const bytes = (await parser.getDependency('bufferView', image.bufferView)) as ArrayBuffer;
  const bitmap = await createImageBitmap(new Blob([bytes], { type: image.mimeType ?? '' }), {
    imageOrientation: 'none',
    premultiplyAlpha: 'none',
    colorSpaceConversion: 'none',
  });
  const texture = new Texture(bitmap);
  const sampler = json.samplers?.[found?.sampler ?? -1];
  texture.flipY = false;
  texture.colorSpace = SRGBColorSpace;
  texture.wrapS = WRAPPINGS[sampler?.wrapS ?? 10_497] ?? RepeatWrapping;
  texture.wrapT = WRAPPINGS[sampler?.wrapT ?? 10_497] ?? RepeatWrapping;
  texture.needsUpdate = true;
  return texture;
}
