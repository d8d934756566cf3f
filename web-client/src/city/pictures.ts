/** Images on a tile's surfaces (docs/contract/scene.md): which there are, and their decoding. */
import { ProtocolError } from '../protocol/fields';
import { bufferViewBytes, type Glb } from '../protocol/glb';

export type Wrap = 'clamp' | 'mirror' | 'repeat';

/** How one image lies on the faces of one run of a tile's indices. */
export interface Picture {
  /** First index and number of indices. */
  readonly start: number;
  readonly count: number;
  /** Row of the tile's images. */
  readonly image: number;
  readonly wrapS: Wrap;
  readonly wrapT: Wrap;
  /** Whether it has holes to look through. */
  readonly masked: boolean;
}

/** An image as it came. */
export interface EncodedImage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

const MOST_IMAGES = 256;
const LARGEST_SIDE = 4096;
const TYPES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/webp']);
const WRAPS: Readonly<Record<number, Wrap>> = { 33_071: 'clamp', 33_648: 'mirror', 10_497: 'repeat' };

/** Row of a primitive's texture, −1 where it has none. */
export function textureOf({ json }: Glb, material: number | undefined): number {
  return json.materials?.[material ?? -1]?.pbrMetallicRoughness?.baseColorTexture?.index ?? -1;
}

export function pictureOf({ json }: Glb, texture: number, masked: boolean, start: number, count: number): Picture {
  const found = json.textures?.[texture];
  const image = found?.extensions?.EXT_texture_webp?.source ?? found?.source ?? -1;
  if (!json.images?.[image]) throw new ProtocolError('a tile points at an image it lacks');
  const sampler = json.samplers?.[found?.sampler ?? -1];
  const wrap = (value: number | undefined): Wrap => WRAPS[value ?? 10_497] ?? 'repeat';
  return { start, count, image, wrapS: wrap(sampler?.wrapS), wrapT: wrap(sampler?.wrapT), masked };
}

export function imagesOf(glb: Glb): EncodedImage[] {
  const images = glb.json.images ?? [];
  if (images.length > MOST_IMAGES) throw new ProtocolError('a tile has too many images');
  return images.map(({ bufferView, mimeType: type = '' }) => {
    if (!TYPES.has(type)) throw new ProtocolError('a tile has an image of an unknown type');
    return { bytes: bufferViewBytes(glb, bufferView ?? -1).slice(), type };
  });
}

/** Decodes a tile's images, as they are: no turning round, no other colours. */
export function decodeImages(images: readonly EncodedImage[]): Promise<ImageBitmap[]> {
  return Promise.all(images.map(decodeImage));
}

/** What images take on the graphics card with their smaller copies, bytes. */
export function imageBytes(bitmaps: readonly ImageBitmap[]): number {
  return bitmaps.reduce((sum, { width, height }) => sum + Math.ceil((width * height * 16) / 3), 0);
}

async function decodeImage({ bytes, type }: EncodedImage): Promise<ImageBitmap> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes], { type }), {
      imageOrientation: 'none',
      premultiplyAlpha: 'none',
      colorSpaceConversion: 'none',
    });
  } catch (error) {
    throw new ProtocolError("a tile's image can't be read", { cause: error });
  }
  if (Math.max(bitmap.width, bitmap.height) > LARGEST_SIDE) {
    bitmap.close();
    throw new ProtocolError("a tile's image is too large");
  }
  return bitmap;
}
