/** What a piece of street furniture is made of, told by the words of its identity and name. */

export const MAKES = ['unknown', 'iron', 'wood', 'stone', 'stall', 'boat'] as const;

export type Make = (typeof MAKES)[number];

/** English and German, from the start of a word; the first that fits counts. */
const WORDS: readonly (readonly [Make, RegExp])[] = [
  ['stall', /\b(stall|awning|umbrella|parasol|marquee|kiosk|café-table|cafe-table|marktstand|schirm|markise)/],
  ['boat', /\b(sailing-boat|boat|ferry-(?!stop)|ship|cutter|fishing|rowing|barge|yacht|fähre|schiff|kutter)/],
  ['stone', /\b(well|fountain|statue|memorial|steps|planter|brunnen|denkmal|treppe)/],
  ['wood', /\b(bench|table|swing|playground|slide|crate|mill|bank|tisch|spiel|schaukel)/],
  ['iron', /\b(lamp|light|bollard|ladder|bicycle|mast|pole|sign|fence|crane|harbour-crane|hydrant|laterne|leuchte|poller|kran|zaun|schild)/],
];

/** Index in `MAKES`; the name of the data set must not decide, so only what follows it is read. */
export function makeIndex(identity: string, name: string): number {
  const words = `${identity.slice(identity.lastIndexOf('/') + 1)} ${name}`.toLowerCase();
  const make = WORDS.find(([, pattern]) => pattern.test(words))?.[0] ?? 'unknown';
  return MAKES.indexOf(make);
}
