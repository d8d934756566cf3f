import { expect, it } from 'vitest';

import { paletteColour } from '../../src/overlays/palette';
import { colourOf, shareOf, stepOf, wordsOf, type Scale } from '../../src/overlays/scale';

const PLAIN: Scale = { low: 10, high: 20, palette: 'viridis', steps: [] };
const WORDED: Scale = { ...PLAIN, low: 0, high: 50, steps: [{ from: 0, words: 'good' }, { from: 10, words: 'moderate' }, { from: 25, words: 'poor' }] };

it('takes what lies beyond the scale for its end', () => {
  expect([0, 10, 15, 20, 99].map((value) => shareOf(PLAIN, value))).toEqual([0, 0, 0.5, 1, 1]);
});

it('says the word that a value has reached', () => {
  expect([-3, 0, 9.9, 10, 24, 25, 900].map((value) => wordsOf(WORDED, value))).toEqual(['good', 'good', 'good', 'moderate', 'moderate', 'poor', 'poor']);
  expect(wordsOf(PLAIN, 15)).toBe('');
  expect(stepOf(PLAIN, 15)).toBe(-1);
});

it('has one colour for each word, and shades where there are no words', () => {
  expect(colourOf(WORDED, 11)).toEqual(colourOf(WORDED, 24));
  expect(colourOf(WORDED, 9)).toEqual(paletteColour('viridis', 0));
  expect(colourOf(WORDED, 30)).toEqual(paletteColour('viridis', 1));
  expect(colourOf(PLAIN, 12)).toEqual(paletteColour('viridis', 0.2));
});
