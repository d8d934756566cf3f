/** From a value to its colour, its share of the scale and the word for it. */
import { paletteColour, type Palette, type Rgb } from './palette';

/** From this value on it is called so. */
export interface Step {
  readonly from: number;
  readonly words: string;
}

export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly palette: Palette;
  /** Rising; may be empty. */
  readonly steps: readonly Step[];
}

/** 0 to 1; what lies beyond the scale is taken for its end. */
export function shareOf({ low, high }: Scale, value: number): number {
  return Math.max(0, Math.min(1, (value - low) / (high - low)));
}

/** Which step a value is in: what is less than all belongs to the first. −1 where there are none. */
export function stepOf({ steps }: Scale, value: number): number {
  let found = steps.length > 0 ? 0 : -1;
  for (let i = 1; i < steps.length && value >= steps[i].from; i += 1) found = i;
  return found;
}

/** "" where the scale has no words. */
export function wordsOf(scale: Scale, value: number): string {
  return scale.steps[stepOf(scale, value)]?.words ?? '';
}

/** Where there are words, one colour for each, so that nobody has to tell shades apart. */
export function colourOf(scale: Scale, value: number): Rgb {
  const step = stepOf(scale, value);
  return step < 0 ? paletteColour(scale.palette, shareOf(scale, value)) : stepColour(scale, step);
}

export function stepColour({ palette, steps }: Scale, step: number): Rgb {
  return paletteColour(palette, steps.length > 1 ? step / (steps.length - 1) : 0.5);
}
