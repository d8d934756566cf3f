/** What people read about sensors and vehicles: with the code for those, after the first picture. */
import { formatNumber } from './strings';

/** What speaks against a value, by bits (docs/contract/protocol.md), the weightiest first. */
const DOUBTS: readonly (readonly [bit: number, words: string])[] = [
  [1, 'not plausible'],
  [4, 'a sudden jump'],
  [2, 'always the same'],
  [8, 'unlike its neighbours'],
  [16, 'its clock is wrong'],
];

export const liveStrings = {
  title: 'Live data',
  button: 'Live data',
  what: 'What to see',
  all: 'Show all',
  none: 'Show nothing',
  layer: (title: string, count: number) => `${title} (${count.toLocaleString('en-GB')})`,
  vehicles: 'Vehicles',
  near: 'Near you',
  here: 'Live values at this place',
  nowhere: 'nobody says where',
  nothingNear: 'Nothing that you chose to see is near.',
  more: (count: number) => `Show ${count} more`,
  others: (count: number) => `and ${count} more`,
  legend: 'What the colours mean',
  looks: { pin: '', column: 'columns', surface: 'buildings', field: 'dots in the air', vehicle: '' },
  simulated: 'All of this is simulated.',
  striped: 'Striped: no news, or not plausible',
  scaleEnd: (value: number, unit: string) => `${formatNumber(value)} ${unit}`.trim(),
  from: (value: number, unit: string) => `from ${formatNumber(value)} ${unit}`.trim(),
  scale: (low: number, high: number, unit: string) => `from ${formatNumber(low)} to ${formatNumber(high)} ${unit}`.trim(),
  doubt: (quality: number, since: string) => `${DOUBTS.find(([bit]) => quality & bit)?.[1] ?? 'doubtful'} since ${since}`,
  reality: (reality: string) => (reality === 'measured' ? '' : reality),
  source: (attribution: string, licence: string) => (attribution && licence ? `${attribution} (${licence})` : attribution || licence),
  speed: (metresPerSecond: number) => (metresPerSecond < 0.3 ? 'standing' : `${Math.round(metresPerSecond * 3.6)} km/h`),
  noValue: 'no value yet',
  at: (time: string) => `at ${time}`,
  noNews: (time: string) => `no news since ${time}`,
  on: (title: string) => `${title} is shown.`,
  off: (title: string) => `${title} is hidden.`,
  allOff: 'Nothing live is shown.',
  allOn: 'All live data is shown.',
};
