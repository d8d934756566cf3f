/** Every sentence a person reads, in one place. */
import type { Making } from '../protocol/messages';

export const strings = {
  appName: 'CitiVerse',
  sceneLabel: (title: string) => `${title}: a city you can walk in. Drag to look, arrow keys to walk.`,
  hintMouse: 'Walk with W A S D. Drag to look. Click a building to learn about it.',
  hintTouch: 'Drag to look. Hold the round button to walk. Tap a building to learn about it.',
  loading: 'The city is arriving',
  loaded: 'The city is here',
  making: ({ state, done, message }: Making, isHere: boolean): string => {
    const percent = Math.round(100 * done);
    if (!isHere && state === 'reading') return `The city is being read: ${percent} %. It appears here by itself.`;
    if (!isHere && state === 'writing') return `The city has been read and is being built: ${percent} %. It appears here by itself.`;
    if (state === 'reading') return `The city is still being read: ${percent} %. You see a part of it, in rough shapes.`;
    if (state === 'writing') return `The city has been read and is being built: ${percent} %. You see a part of it, in rough shapes.`;
    return state === 'failed' ? message : 'The whole city is here.';
  },
  degraded: 'This device shows the city with less detail.',
  lost: 'Connection lost. You can keep looking around; trying again…',
  retryNow: 'Try now',
  back: 'Connected again.',
  orbit: 'From above',
  measured: 'As measured',
  measuredHint: 'Windows are drawn by a rule, not measured. Press to see the city as measured.',
  timeOfDay: 'Time of day',
  /** @param month 0 to 11 */
  clearDay: (month: number, clock: string) => `A clear day in ${MONTHS[month]}, ${clock} by the sun`,
  now: 'Now',
  skyNote: 'The sun stands where it stands at this hour. Clouds and rain are not shown.',
  variants: {
    legend: 'What you see here',
    asItIs: 'As it is',
    now: (title: string, realities: string) => `You see “${title}”.${realities ? ` What is shown is ${realities}.` : ''}`,
  },
  help: 'Help',
  enterVr: 'Enter VR',
  leaveVr: 'Leave VR',
  tilesetBroken: (title: string) => `Not all of “${title}” can be shown.`,
  vrFailed: 'The headset could not be started.',
  close: 'Close',
  walkPad: 'Hold and pull to walk',
  sources: 'Data',
  tools: 'Ways to look at the city',
  helpTitle: 'How to get around',
  helpText: 'Keys work while the city has the keyboard: click it, or go to it with Tab.',
  helpRows: [
    ['W A S D', 'Walk'],
    ['Up, Down', 'Walk forward, back'],
    ['Left, Right, Q, E', 'Turn'],
    ['Page Up, Page Down', 'Look up, down'],
    ['Shift', 'Run'],
    ['Drag', 'Look around'],
    ['Click, tap, Enter', 'What is this building?'],
    ['O', 'Look from above, or walk again'],
    ['M', 'As measured, or with plausible windows'],
    ['V', 'The next variant, where a city has some'],
    ['R, F', 'Up or down a storey, in a building that has some'],
    ['C', 'Comment on what is under the mouse or in the middle'],
    ['P', 'People here'],
    ['H', 'This help'],
    ['Escape', 'Close'],
  ] as const,
  id: 'Identity',
  className: 'Kind',
  realityLabel: 'Reality',
  /** Whether a thing stands there, or is only shown; "" where nobody knows. */
  reality: (reality: string) => REALITIES.get(reality) ?? (reality === 'measured' ? 'Real' : ''),
  /** What of a city's layers isn't real, each word once. */
  realities: (all: readonly string[]) =>
    [...new Set(all.map((one) => REALITIES.get(one) ?? ''))].filter(Boolean).join(', '),
  allDetails: 'All details',
  address: 'Address',
  partOf: 'Part of',
  unnamed: 'Building without a name',
  nothingHere: 'Nothing to tell about this place.',
  wholeBuilding: 'The whole building',
  live: 'Measured here',
  yes: 'yes',
  no: 'no',
  ago: (seconds: number) => relativeAge(seconds),
  leave: 'Leave',
  where: (metres: number, eighth: number) => `${distance(metres)}, ${SIDES[eighth]}`,
  role: (role: 'visitor' | 'host') => (role === 'host' ? 'Host' : 'Visitor'),
  you: 'you',
  companyFailed: 'People and comments could not be loaded. Load the page again to see them.',
  workshopFailed: 'Tools to look into buildings could not be loaded. Load the page again to use them.',
  commentOnThis: 'Comment on this',
  features: 'Read the list of buildings',
  otherCities: 'Cities on this server:',
  noCities: 'This server has no cities yet.',
  reload: 'Try again',
  pages: {
    cities: { title: 'Choose a city', text: 'Step into one and walk.' },
    noWebGl: {
      title: 'This browser cannot draw in 3D',
      text: 'The city needs WebGL 2. Try a newer browser, or switch on hardware acceleration. You can still read about the city here.',
    },
    unknownScene: {
      title: 'There is no city here',
      text: 'The address names a city that this server does not have.',
    },
    notMade: {
      title: 'This city could not be read',
      text: 'Whoever started the server can see why. Load the page again when that is mended.',
    },
    serverFull: {
      title: 'The city is full',
      text: 'As many people are walking here as the server can take. Try again in a minute.',
    },
    protocol: {
      title: 'This page and the server do not fit together',
      text: 'They speak different versions. Load the page again; if that does not help, the server needs an update.',
    },
    badInvite: {
      title: 'This invitation does not work',
      text: 'It was not made for this city, or it was not copied whole. Ask for a new link, or come in as a visitor.',
    },
    expiredInvite: {
      title: 'This invitation is over',
      text: 'Its time has run out. Ask for a new link, or come in as a visitor.',
    },
    asVisitor: 'Come in as a visitor',
    left: { title: 'You have left', text: 'Thank you for your visit. Nobody sees you any more.' },
    comeBack: 'Come back in',
    refused: { title: 'The server ended the visit', text: 'Load the page again to come back.' },
  },
  facts: {
    buildings: (count: number) => `${count.toLocaleString('en-GB')} buildings and other objects`,
    size: (east: number, north: number) =>
      `${Math.round(east).toLocaleString('en-GB')} by ${Math.round(north).toLocaleString('en-GB')} metres`,
  },
};

const MONTHS = [
  'January', 'February', 'March', 'April', 'May', 'June',
  'July', 'August', 'September', 'October', 'November', 'December',
];

const REALITIES: ReadonlyMap<string, string> = new Map([
  ['imagined', 'Invented'],
  ['proposed', 'Proposed'],
  ['simulated', 'Simulated'],
]);

/** Clockwise from straight ahead, in eighths of a turn. */
const SIDES = ['ahead', 'ahead to the right', 'to the right', 'behind you to the right', 'behind you', 'behind you to the left', 'to the left', 'ahead to the left'] as const;

function distance(metres: number): string {
  if (metres < 1.5) return 'right beside you';
  const rounded = metres < 20 ? Math.round(metres) : metres < 200 ? Math.round(metres / 5) * 5 : Math.round(metres / 50) * 50;
  return `${rounded.toLocaleString('en-GB')} metres`;
}


function relativeAge(seconds: number): string {
  if (seconds < 5) return 'just now';
  if (seconds < 90) return `${Math.round(seconds)} seconds ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} minutes ago`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} hours ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

/** A number as people write it: at most three digits after the point, no noise; years stay whole. */
export function formatNumber(value: number): string {
  // Nought has no sign for people.
  return (value + 0).toLocaleString('en-GB', { maximumSignificantDigits: 6, maximumFractionDigits: 3, useGrouping: Math.abs(value) >= 10_000 });
}

/** `storeysAboveGround` → `Storeys above ground`; what isn't written that way stays as it is. */
export function plainLabel(name: string): string {
  const spaced = name.replace(/[_.:\s]+/g, ' ').trim();
  const words = /^[a-z]/.test(spaced)
    ? spaced.replace(/([a-zäöüß])([A-ZÄÖÜ])(?=[a-zäöüß])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`)
    : spaced;
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function formatClock(timeUs: number): string {
  return new Date(timeUs / 1000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

export function formatDay(timeUs: number): string {
  return new Date(timeUs / 1000).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
}

export function formatExact(timeUs: number): string {
  return new Date(timeUs / 1000).toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'long' });
}
