import { afterEach, describe, expect, it, vi } from 'vitest';

import { decodeTile } from '../../src/city/decode';
import { decodeImages, imageBytes } from '../../src/city/pictures';
import { ProtocolError } from '../../src/protocol/fields';
import { parseGlb } from '../../src/protocol/glb';
import { JPEG, REPEATED, texturedTile, WHOLE } from '../fixtures/textured';

const ONE_IMAGE = { textures: [{ source: 0 }], images: [JPEG] };

describe('a tile with an image', () => {
  const tile = decodeTile(parseGlb(texturedTile(
      [
        { surface: 'wall', texture: 0, places: WHOLE },
        { surface: 'roof' },
        { surface: 'roof', texture: 0, places: WHOLE },
      ],
      ONE_IMAGE,
    )));

  it('has what shows the image in one run, behind what has none', () => {
    expect(tile.pictures).toEqual([{ start: 6, count: 12, image: 0, wrapS: 'repeat', wrapT: 'repeat', masked: false }]);
    expect([0, 6, 12].map((at) => tile.features[2 * tile.indices[at]])).toEqual([1, 0, 2]);
  });

  it('has places in the image as shares of it', () => {
    expect(tile.uvs).toHaveLength(2 * 12);
    expect([...tile.uvs!.subarray(8, 16)]).toEqual([0, 1, 1, 1, 1, 0, 0, 0]);
  });

  it('hands the image on as it came', () => {
    expect(tile.images).toEqual([{ bytes: JPEG.bytes, type: 'image/jpeg' }]);
  });
});

it('an image repeats or is mirrored as its sampler says, beyond its own edge', () => {
  const samplers = [{ wrapS: 33_648, wrapT: 33_071 }];
  const looks = { textures: [{ source: 0, sampler: 0 }], samplers, images: [JPEG] };
  const tile = decodeTile(parseGlb(texturedTile([{ surface: 'wall', texture: 0, places: REPEATED }], looks)));
  expect(tile.pictures[0]).toMatchObject({ wrapS: 'mirror', wrapT: 'clamp' });
  expect(Math.max(...tile.uvs!)).toBe(2.5);
});

it('what is wrapped or cut out otherwise is a run of its own', () => {
  const looks = { textures: [{ source: 0 }, { source: 0, sampler: 0 }], samplers: [{ wrapS: 33_071 }], images: [JPEG] };
  const square = { surface: 'wall', places: WHOLE } as const;
  const squares = [{ ...square, texture: 1 }, { ...square, texture: 0 }, { ...square, texture: 0, alphaMode: 'MASK' }] as const;
  const { pictures } = decodeTile(parseGlb(texturedTile(squares, looks)));
  expect(pictures.map(({ start, wrapS, masked }) => [start, wrapS, masked])).toEqual([
    [0, 'repeat', false],
    [6, 'repeat', true],
    [12, 'clamp', false],
  ]);
});

it('an image on a pane is seen from behind, too', () => {
  const { pictures, indices } = decodeTile(parseGlb(texturedTile([{ surface: 'window', texture: 0, places: WHOLE }], ONE_IMAGE)));
  expect(pictures[0]).toMatchObject({ start: 0, count: 12 });
  expect([...indices]).toEqual([0, 1, 2, 0, 2, 3, 0, 2, 1, 0, 3, 2]);
});

describe('a broken tile is refused in one sentence', () => {
  const wall = { surface: 'wall', texture: 0, places: WHOLE } as const;
  const many = Array.from({ length: 257 }, () => JPEG);
  it.each([
    ['points at a texture it lacks', [{ ...wall, texture: 3 }], ONE_IMAGE, 'a tile points at an image it lacks'],
    ['points at an image it lacks', [wall], { textures: [{ source: 1 }], images: [JPEG] }, 'a tile points at an image it lacks'],
    ['has no places', [{ surface: 'wall', texture: 0 }], ONE_IMAGE, 'a tile has an image and no places for it'],
    ['has too few places', [{ ...wall, places: WHOLE.slice(2) }], ONE_IMAGE, "a tile's attributes differ in length"],
    ['has a page as image', [wall], { ...ONE_IMAGE, images: [{ ...JPEG, mimeType: 'image/svg+xml' }] }, 'a tile has an image of an unknown type'],
    ['has too many images', [wall], { ...ONE_IMAGE, images: many }, 'a tile has too many images'],
  ])('where it %s', (_, squares, looks, message) => {
    expect(() => decodeTile(parseGlb(texturedTile(squares, looks)))).toThrow(new ProtocolError(message));
  });
});

describe('decoding images', () => {
  const bitmap = { width: 4097, height: 8, close: vi.fn() };
  afterEach(() => vi.unstubAllGlobals());

  it('refuses those that the browser can’t read', async () => {
    vi.stubGlobal('createImageBitmap', () => Promise.reject(new Error('InvalidStateError')));
    await expect(decodeImages([{ bytes: new Uint8Array(3), type: 'image/png' }])).rejects.toThrow("a tile's image can't be read");
  });

  it('refuses and closes those that are too large', async () => {
    vi.stubGlobal('createImageBitmap', () => Promise.resolve(bitmap));
    await expect(decodeImages([{ bytes: new Uint8Array(3), type: 'image/png' }])).rejects.toThrow("a tile's image is too large");
    expect(bitmap.close).toHaveBeenCalledOnce();
  });

  it('counts four bytes a pixel, and a third more for the smaller copies', () => {
    expect(imageBytes([{ width: 300, height: 100 } as ImageBitmap])).toBe(160_000);
  });
});
