/** What people read who cut a building open: with the code for that. */
import { formatNumber } from './strings';

export const sectionStrings = {
  tool: 'Look inside',
  title: 'Look inside',
  building: 'Cut',
  everything: 'Everything',
  unnamed: 'A building',
  storeys: 'Show up to',
  whole: 'The roof',
  height: 'Cut above the floor',
  side: 'Cut from the side',
  turn: 'Turn the cut',
  move: 'Move the cut',
  faceMe: 'Turn it to me',
  fromAbove: 'See it from above',
  reset: 'Show everything',
  metres: (value: number) => `${formatNumber(Math.round(10 * value) / 10)} ${Math.abs(value) === 1 ? 'metre' : 'metres'}`,
  degrees: (radians: number) => `${Math.round((radians * 180) / Math.PI)} degrees, looking ${WINDS[Math.round(radians / (Math.PI / 4)) % 8]}`,
  fromMiddle: (metres: number) => `${formatNumber(Math.abs(Math.round(10 * metres) / 10))} metres ${metres < 0 ? 'behind' : 'before'} the middle`,
  cutUpTo: (storey: string, metres: string) => `You see “${storey}”, cut ${metres} above its floor.`,
  cutFromSide: 'The building is cut from the side.',
  allCutFromSide: 'All buildings are cut from the side.',
  nothingCut: 'Everything is shown again.',
};

/** Where one looks who sees the cut, by eighths of a turn of where what is away lies. */
const WINDS = ['south', 'south-west', 'west', 'north-west', 'north', 'north-east', 'east', 'south-east'] as const;
