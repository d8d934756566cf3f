/**
 * Colours for values. All but the last grow lighter, or darker, all the way, so that who sees few
 * colours, or none, still sees which value is greater. `blue-orange` is for what lies below or above a
 * middle. Evenly spaced stops, sRGB.
 *
 * Cividis: Nuñez, Anderton and Renslow, PLOS ONE 13 (7), 2018. Viridis and magma: van der Walt and
 * Smith, 2015. The others are our own.
 */
export const PALETTES = {
  cividis: ['#00224e', '#123570', '#3b496c', '#575d6d', '#707173', '#8a8678', '#a59c74', '#c3b369', '#e1cc55', '#fee838'],
  viridis: ['#440154', '#482878', '#3e4989', '#31688e', '#26828e', '#1f9e89', '#35b779', '#6ece58', '#b5de2b', '#fde725'],
  magma: ['#000004', '#180f3d', '#440f76', '#721f81', '#9e2f7f', '#cd4071', '#f1605d', '#fd9668', '#feca8d', '#fcfdbf'],
  blues: ['#eef4fa', '#cfe0ef', '#a6c8e3', '#74abd4', '#468dc1', '#2470ab', '#105590', '#083d70', '#06284d'],
  oranges: ['#fdf1e4', '#fbdcba', '#f8c089', '#f2a057', '#e57f2c', '#cc6114', '#a8480d', '#81340c', '#5b230a'],
  'blue-orange': ['#0b4a8a', '#2f7ab8', '#74acd3', '#b9d4e6', '#f2efe8', '#f7d5ae', '#f3a865', '#d96f1c', '#9c4406'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Palette = keyof typeof PALETTES;

/** sRGB, 0 to 255. */
export type Rgb = readonly [number, number, number];

export const DEFAULT_PALETTE: Palette = 'cividis';

export function isPalette(name: string): name is Palette {
  return Object.hasOwn(PALETTES, name);
}

/** @param share from the least value (0) to the greatest (1); what lies beyond is taken for the end. */
export function paletteColour(palette: Palette, share: number): Rgb {
  const stops = PALETTES[palette];
  const at = Math.max(0, Math.min(1, share)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  const from = rgbOf(stops[low]);
  const to = rgbOf(stops[low + 1]);
  const mixed = (c: 0 | 1 | 2): number => Math.round(from[c] + (to[c] - from[c]) * (at - low));
  return [mixed(0), mixed(1), mixed(2)];
}

export function cssOf([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}

/** The whole palette as a CSS image, from left to right. */
export function cssGradient(palette: Palette): string {
  return `linear-gradient(90deg, ${PALETTES[palette].join(', ')})`;
}

function rgbOf(hex: string): Rgb {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
