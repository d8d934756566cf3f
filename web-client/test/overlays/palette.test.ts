import { describe, expect, it } from 'vitest';

import { cssGradient, isPalette, paletteColour, PALETTES, type Palette, type Rgb } from '../../src/overlays/palette';
import { stepColour, type Scale } from '../../src/overlays/scale';

/**
 * How others see a linear colour: Machado, Oliveira and Fernandes, “A Physiologically-based Model for
 * Simulation of Color Vision Deficiency”, IEEE TVCG 15 (6), 2009, severity 1.0.
 */
const SEEN_BY: Readonly<Record<string, readonly (readonly number[])[]>> = {
  everybody: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopes: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopes: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopes: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
  'those who see no colours': [[0.2126, 0.7152, 0.0722], [0.2126, 0.7152, 0.0722], [0.2126, 0.7152, 0.0722]],
};

function linear(colour: Rgb): number[] {
  return colour.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
}

/** CIELAB, D65. */
function lab(colour: Rgb, seen: readonly (readonly number[])[]): number[] {
  const from = linear(colour);
  const [r, g, b] = seen.map((row) => Math.max(0, row.reduce((sum, weight, i) => sum + weight * from[i], 0)));
  const [x, y, z] = [
    (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047,
    0.2126 * r + 0.7152 * g + 0.0722 * b,
    (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883,
  ].map((t) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const AROUND_A_MIDDLE: Palette = 'blue-orange';
const names = Object.keys(PALETTES) as Palette[];

function difference(one: readonly number[], other: readonly number[]): number {
  return Math.hypot(...one.map((c, i) => c - other[i]));
}

/** From the first to the last; how much lighter each is than the one before. */
function gains(palette: Palette, from: number, to: number, seen: readonly (readonly number[])[]): number[] {
  const lightness = Array.from({ length: 21 }, (_, i) => lab(paletteColour(palette, from + ((to - from) * i) / 20), seen)[0]);
  return lightness.slice(1).map((l, i) => l - lightness[i]);
}

describe.each(names)('%s', (palette) => {
  it.each(Object.entries(SEEN_BY))('gives six steps that %s can tell apart', (name, seen) => {
    const scale: Scale = { low: 0, high: 1, palette, steps: Array.from({ length: 6 }, (_, i) => ({ from: i, words: String(i) })) };
    const colours = scale.steps.map((_, i) => lab(stepColour(scale, i), seen));
    // Around a middle, both sides are as light: who sees no colours reads the words.
    if (palette === AROUND_A_MIDDLE && name === 'those who see no colours') return expect(difference(colours[0], colours[1])).toBeGreaterThan(8);
    for (let i = 1; i < colours.length; i += 1) expect(difference(colours[i], colours[i - 1])).toBeGreaterThan(8);
    expect(difference(colours[0], colours[5])).toBeGreaterThan(40);
  });

  it('begins and ends with its first and last colour', () => {
    const hex = (share: number): string => `#${paletteColour(palette, share).map((c) => c.toString(16).padStart(2, '0')).join('')}`;
    expect(hex(-1)).toBe(PALETTES[palette][0]);
    expect(hex(2)).toBe(PALETTES[palette].at(-1));
    expect(cssGradient(palette)).toContain(PALETTES[palette][4]);
  });
});

describe.each(names.filter((name) => name !== AROUND_A_MIDDLE))('%s', (palette) => {
  it.each(Object.entries(SEEN_BY))('grows lighter, or darker, all the way for %s', (_, seen) => {
    const all = gains(palette, 0, 1, seen);
    const way = Math.sign(all[0]);
    expect(all.every((gain) => gain * way > 0)).toBe(true);
    expect(Math.abs(all.reduce((sum, gain) => sum + gain))).toBeGreaterThan(60);
  });
});

it.each(Object.entries(SEEN_BY))('blue-orange is lightest in its middle for %s', (_, seen) => {
  expect(gains(AROUND_A_MIDDLE, 0, 0.5, seen).every((gain) => gain > 0)).toBe(true);
  expect(gains(AROUND_A_MIDDLE, 0.5, 1, seen).every((gain) => gain < 0)).toBe(true);
});

it('knows its names and no others', () => {
  expect(isPalette('viridis')).toBe(true);
  expect(isPalette('rainbow')).toBe(false);
  expect(isPalette('toString')).toBe(false);
});
