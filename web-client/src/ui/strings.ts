/** Every sentence a person reads, in one place. */
export const strings = {
  appName: 'CitiVerse',
  sceneLabel: (title: string) => `${title}: a city you can walk in. Drag to look, arrow keys to walk.`,
  hintMouse: 'Walk with W A S D. Drag to look. Click a building to learn about it.',
  hintTouch: 'Drag to look. Hold the round button to walk. Tap a building to learn about it.',
  loading: 'The city is arriving',
  loaded: 'The city is here',
  degraded: 'This device shows the city with less detail.',
  lost: 'Connection lost. You can keep looking around; trying again…',
  retryNow: 'Try now',
  back: 'Connected again.',
  orbit: 'From above',
  measured: 'As measured',
  measuredHint: 'Windows are drawn by a rule, not measured. Press to see the city as measured.',
  help: 'Help',
  sensors: 'Sensors',
  enterVr: 'Enter VR',
  leaveVr: 'Leave VR',
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
    ['H', 'This help'],
    ['Escape', 'Close'],
  ] as const,
  id: 'Identity',
  className: 'Kind',
  realityLabel: 'Reality',
  /** One word for what isn't measured; "" for what is. */
  reality: (reality: string) => REALITIES.get(reality) ?? '',
  /** The same for all layers of a city, each word once. */
  realities: (all: readonly string[]) =>
    [...new Set(all.map((one) => REALITIES.get(one) ?? ''))].filter(Boolean).join(', '),
  allDetails: 'All details',
  address: 'Address',
  partOf: 'Part of',
  unnamed: 'Building without a name',
  nothingHere: 'Nothing to tell about this place.',
  wholeBuilding: 'The whole building',
  live: 'Live',
  yes: 'yes',
  no: 'no',
  ago: (seconds: number) => relativeAge(seconds),
  staleSince: (time: string) => `no news since ${time}`,
  noValue: 'no value yet',
  noSensors: 'This city has no sensors.',
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
    serverFull: {
      title: 'The city is full',
      text: 'As many people are walking here as the server can take. Try again in a minute.',
    },
    protocol: {
      title: 'This page and the server do not fit together',
      text: 'They speak different versions. Load the page again; if that does not help, the server needs an update.',
    },
    refused: { title: 'The server ended the visit', text: 'Load the page again to come back.' },
  },
  facts: {
    buildings: (count: number) => `${count.toLocaleString('en-GB')} buildings and other objects`,
    size: (east: number, north: number) =>
      `${Math.round(east).toLocaleString('en-GB')} by ${Math.round(north).toLocaleString('en-GB')} metres`,
  },
};

const REALITIES: ReadonlyMap<string, string> = new Map([
  ['imagined', 'Invented'],
  ['proposed', 'Proposed'],
  ['simulated', 'Simulated'],
]);

function relativeAge(seconds: number): string {
  if (seconds < 5) return 'just now';
  if (seconds < 90) return `${Math.round(seconds)} seconds ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} minutes ago`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} hours ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

/** A number as people write it: at most three digits after the point, no noise; years stay whole. */
export function formatNumber(value: number): string {
  return value.toLocaleString('en-GB', { maximumSignificantDigits: 6, maximumFractionDigits: 3, useGrouping: Math.abs(value) >= 10_000 });
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

export function formatExact(timeUs: number): string {
  return new Date(timeUs / 1000).toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'long' });
}
