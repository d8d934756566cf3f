/** Which layers bear a mark in the picture, so that nobody takes for real what isn't. */
import type { Manifest } from '../protocol/messages';

/** The pattern that each reality is drawn with (city/shaders/mark.ts), which doesn't need colours to be told. */
export const MARKS: Readonly<Record<string, number>> = { proposed: 1, simulated: 2, imagined: 3 };
export const PROPOSED = MARKS.proposed;
/** The layer of what is indoors. */
const ROOMS = 'interiors';

/**
 * By the layers' numbers; 0 for none. Where all that a scene has of its own is of one reality, that isn't
 * marked: the word beside the city's name says it of everything. Nor are rooms: who is in one has come through
 * walls that say so, and nothing in there is of another reality.
 */
export function marksOf({ layers, variants }: Pick<Manifest, 'layers' | 'variants'>): readonly number[] {
  const added = new Set(variants.flatMap((variant) => variant.layers));
  const own = layers.filter(({ kind }, layer) => kind !== 'ground' && !added.has(layer)).map(({ reality }) => reality);
  const common = own.every((reality) => reality === own[0]) ? own[0] : undefined;
  return layers.map(({ name, reality }) => (reality === common || name === ROOMS ? 0 : (MARKS[reality] ?? 0)));
}
