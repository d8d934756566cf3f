/** The images on a tile's surfaces, as textures, and the materials that show them. */
import {
  ClampToEdgeWrapping,
  MirroredRepeatWrapping,
  RepeatWrapping,
  SRGBColorSpace,
  Texture,
  type BufferGeometry,
  type Material,
  type Wrapping,
} from 'three';

import type { DecodedTile } from './decode-worker';
import type { CityMaterials, PhotoMaterial } from './material';
import type { Wrap } from './pictures';

export interface Photos {
  /** By group of the geometry, behind the group without images. */
  readonly materials: readonly PhotoMaterial[];
  readonly textures: readonly Texture[];
  dispose(): void;
}

const WRAPPINGS: Readonly<Record<Wrap, Wrapping>> = {
  clamp: ClampToEdgeWrapping,
  mirror: MirroredRepeatWrapping,
  repeat: RepeatWrapping,
};
/** Façades are mostly seen from the side. */
const ANISOTROPY = 8;

/** Divides the geometry into what has no image, and one group for each picture. */
export function createPhotos(source: DecodedTile, geometry: BufferGeometry, materials: CityMaterials): Photos | undefined {
  const { pictures, bitmaps } = source;
  if (pictures.length === 0) return undefined;
  if (pictures[0].start > 0) geometry.addGroup(0, pictures[0].start, 0);
  const made = pictures.map(({ start, count, image, wrapS, wrapT, masked }, i) => {
    geometry.addGroup(start, count, i + 1);
    const texture = new Texture(bitmaps[image]);
    texture.flipY = false;
    texture.colorSpace = SRGBColorSpace;
    texture.wrapS = WRAPPINGS[wrapS];
    texture.wrapT = WRAPPINGS[wrapT];
    texture.anisotropy = ANISOTROPY;
    texture.needsUpdate = true;
    return { texture, photo: materials.photo(texture, masked) };
  });
  return {
    materials: made.map(({ photo }) => photo),
    textures: made.map(({ texture }) => texture),
    dispose() {
      for (const { texture, photo } of made) {
        texture.dispose();
        photo.material.dispose();
        photo.dissolving.dispose();
      }
      for (const bitmap of bitmaps) bitmap.close();
    },
  };
}

/** What a tile is drawn with: one material, or one for each of its groups. */
export function materialsOf(plain: Material, photos: Photos | undefined, dissolving = false): Material | Material[] {
  if (!photos) return plain;
  return [plain, ...photos.materials.map((photo) => (dissolving ? photo.dissolving : photo.material))];
}
