/**
 * Colours of people, assigned by number so that those who come one after the other differ most.
 *
 * Hues in OKLCH 40° apart or more at two lightnesses; each stands out from pale walls and asphalt,
 * and neighbours in the list differ in lightness too, for those who see fewer hues.
 */
const COLOURS = [0x0b6fb3, 0xe08a00, 0x1b7f4b, 0xd9569a, 0x4b3fa0, 0x2fb5a8, 0xb02a2a, 0x8fb82e, 0x7a2f86, 0xe8674a, 0x14606e, 0xc9a300] as const;

export function colourOf(person: number): number {
  return COLOURS[person % COLOURS.length];
}

export function cssColour(colour: number): string {
  return `#${colour.toString(16).padStart(6, '0')}`;
}
