// @vitest-environment happy-dom
import { PerspectiveCamera } from 'three';
import { beforeEach, expect, it, vi } from 'vitest';

import { createConsultation, type Consultation } from '../../src/consultation/consultation';
import type { Viewpoint } from '../../src/consultation/viewpoint';
import type { Session } from '../../src/net/session';
import { createPins } from '../../src/overlays/pins';
import type { ClientMessage, Comment, Manifest, Role, ServerError } from '../../src/protocol/messages';
import { createPanel } from '../../src/ui/panel';
import type { Variation } from '../../src/variants/variation';
import { comment } from '../fixtures/comment';

const MANIFEST = { extent: { min: [-200, -200, 0], max: [200, 200, 60] } } as unknown as Manifest;
const HALL = { id: 'town/hall', className: 'Building', name: 'Town hall', address: '', parent: '', reality: '', attributes: [] };

let sent: ClientMessage[];
let notices: string[];
let went: Viewpoint[];
let role: Role;
let unheard: string;
let selected: string[];
let listed: unknown[];
let consultation: Consultation;
let looksAt: string;
let watching: (() => void)[];

const variation = {
  watch: (changed: () => void) => void watching.push(changed),
  choose(name: string) {
    looksAt = name;
    for (const changed of watching) changed();
  },
  variants: {
    all: [{ name: 'a', title: 'A: a court' }],
    get current() {
      return looksAt;
    },
  },
} as unknown as Variation;

function create(): void {
  document.body.replaceChildren();
  const root = document.body;
  const session = { scene: 'town', state: { kind: 'open' }, send: (message: ClientMessage) => sent.push(message) > 0 };
  const planes = [{ normal: [0, 1, 0], distance: 36 }] as const;
  const spot = async () => ({ feature: HALL, point: [1, 2, -3] as const, planes });
  consultation = createConsultation({
    session: session as unknown as Session,
    manifest: () => MANIFEST,
    pins: createPins({ root: root.appendChild(document.createElement('div')), controls: [], sight: { hidden: () => false } }),
    panel: createPanel({ root, home: root, closed: () => undefined, serverNow: () => 0, rules: () => [] }),
    tools: root.appendChild(document.createElement('nav')),
    camera: new PerspectiveCamera(60, 1),
    variation,
    viewer: { x: 0, y: 1.65, z: 0, yaw: 0, pitch: 0 },
    spot,
    middle: spot,
    select: (id) => selected.push(id),
    goTo: (viewpoint) => went.push(viewpoint),
    role: () => role,
    isUnheard: (name) => name === unheard,
    serverNow: () => 1e15 + 60e6,
    announce: () => undefined,
    notice: (text) => notices.push(text),
    changed: () => undefined,
  });
}

beforeEach(() => {
  sent = [];
  notices = [];
  went = [];
  role = 'visitor';
  unheard = '';
  selected = [];
  looksAt = '';
  watching = [];
  listed = [];
  vi.stubGlobal('fetch', async () => ({ ok: true, json: async () => ({ comments: listed }) }));
  sessionStorage.clear();
  location.hash = '';
  create();
});

const panel = (): string => document.querySelector('.panel')!.textContent!;
const field = (): HTMLTextAreaElement => document.querySelector('textarea')!;
const press = (name: string): void => [...document.querySelectorAll('button')].find(({ textContent }) => textContent === name)!.click();
const hear = (...comments: Comment[]): void => consultation.comments({ t: 'comments', comments });

async function write(text: string): Promise<void> {
  await consultation.write();
  field().value = text;
  field().dispatchEvent(new Event('input'));
}

it('writes about what is under the mouse, with place and viewpoint', async () => {
  await write(' A bench, please. ');
  expect(panel()).toContain('About: Town hall');
  press('Send');
  expect(sent).toHaveLength(1);
  expect(sent[0]).toMatchObject({ t: 'comment', text: 'A bench, please.', feature: 'town/hall', position: [1, 3, 2], eye: [0, 0, 1.65] });
});

it('keeps the variant that is looked at, and how it is seen', async () => {
  variation.choose('a');
  await write('A warm room.');
  press('Send');
  expect(sent[0]).toMatchObject({ variant: 'a', fov: expect.closeTo(Math.PI / 3, 5), planes: [[0, 0, 36, 0, 0, 1]] });
});

it('shows in the city what is about the variant that is looked at, and in the list which one it is', async () => {
  const marks = (): number => document.querySelectorAll('.pin.comment').length;
  hear(comment(1), comment(2, { variant: 'a' }), comment(3, { variant: 'gone' }));
  expect(marks()).toBe(1);
  variation.choose('a');
  expect(marks()).toBe(1);
  variation.choose('gone');
  expect(marks()).toBe(1);
  variation.choose('b');
  expect(marks()).toBe(0);
  await consultation.write();
  expect(panel()).toContain('in “A: a court”');
  expect(panel()).toContain('in “gone”');
});

it('goes to what a comment is about, in its variant', () => {
  location.hash = '#at=1,2,3;8,-3,4.65;0.7071,0,0,0.7071;a';
  create();
  hear();
  expect(went).toHaveLength(1);
  expect(looksAt).toBe('a');
});

it('goes once where the address leads to', () => {
  location.hash = '#at=1,2,3;8,-3,4.65;0.7071,0,0,0.7071';
  create();
  hear();
  hear(comment(1));
  expect(went).toHaveLength(1);
  expect(went[0]).toMatchObject({ kind: 'foot', yaw: expect.closeTo(0, 3), pitch: expect.closeTo(0, 3) });
});

it('says honestly how it fares', async () => {
  await write('A bench.');
  press('Send');
  expect(panel()).toContain('Sending…');
  const { key } = sent[0] as { key: string };
  consultation.refused({ t: 'error', code: 'not-stored', message: 'The disk is full.', fatal: false, key });
  expect(panel()).toContain('Could not be saved: The disk is full.');
  press('Try again');
  expect((sent[1] as { key: string }).key).toBe(key);
  consultation.commented({ t: 'commented', key, id: 1, time: 1e15 });
  expect(panel()).toContain('Saved.');
  expect(panel()).not.toContain('Sending…');
});

it('a text that was begun is there after a reload', async () => {
  await write('A bench, ple');
  create();
  await consultation.write();
  expect(field().value).toBe('A bench, ple');
  expect(panel()).toContain('Town hall');
});

it('a comment that had no answer goes out again after a reload, with its key', async () => {
  await write('A bench.');
  press('Send');
  create();
  consultation.welcome();
  expect(sent).toHaveLength(2);
  expect(sent[1]).toEqual(sent[0]);
});

it('can\'t be sent when empty or too long, and says how long it is', async () => {
  await write('x'.repeat(1001));
  expect(panel()).toContain('1001 of 1000');
  press('Send');
  await write('   ');
  press('Send');
  expect(sent).toEqual([]);
});

it('lists what people said, by time or by distance', async () => {
  hear(comment(1, { position: [5, 0, 1] }), comment(2, { position: [90, 0, 1] }));
  await consultation.write();
  const said = (): (string | null)[] => [...document.querySelectorAll('.said .text')].map(({ textContent }) => textContent);
  expect(said()).toEqual(['Comment 2', 'Comment 1']);
  const order = document.querySelector('select')!;
  order.value = 'nearest';
  order.dispatchEvent(new Event('change'));
  expect(said()).toEqual(['Comment 1', 'Comment 2']);
});

it('leads to the viewpoint, but not outside the city', async () => {
  hear(comment(1, { eye: [10, 10, 2] }), comment(2, { eye: [9000, 0, 2] }));
  await consultation.write();
  const buttons = [...document.querySelectorAll('button')].filter(({ textContent, hidden }) => textContent === 'Go there' && !hidden);
  expect(buttons).toHaveLength(1);
  buttons[0].click();
  expect(went).toHaveLength(1);
});

it('what arrives pops up, but not what was there, what is mine, or what a muted one says', async () => {
  hear(comment(1));
  unheard = 'Bo';
  await write('Mine.');
  press('Send');
  hear(comment(2, { text: 'Mine.' }), comment(3, { name: 'Bo' }), comment(4, { name: 'Cy', text: 'Hello.' }));
  expect(notices).toEqual(['Cy says: Hello.']);
});

it('only a host may hide, and says why', async () => {
  hear(comment(1));
  await consultation.write();
  expect(document.querySelector<HTMLElement>('.said details')!.hidden).toBe(true);
  role = 'host';
  consultation.tick();
  expect(document.querySelector<HTMLElement>('.said details')!.hidden).toBe(false);
  document.querySelector<HTMLInputElement>('#reason-1')!.value = 'Rude';
  press('Hide');
  expect(sent).toEqual([{ t: 'hide', comment: 1, hidden: true, reason: 'Rude' }]);
});

it('a hidden comment is no longer read', async () => {
  hear(comment(1));
  await consultation.write();
  hear(comment(1, { hidden: true, text: '' }));
  expect(panel()).not.toContain('Comment 1');
});

it('writes what people say as text, never as markup', async () => {
  hear(comment(1, { name: '<b>Ada</b>', text: '<img src=x onerror=alert(1)>' }));
  await consultation.write();
  expect(document.querySelector('img, b')).toBeNull();
});

it('an error that isn\'t about a comment is left to others', () => {
  expect(consultation.refused({ t: 'error', code: 'bad-name', message: 'No.', fatal: false, key: '' } as ServerError)).toBe(false);
});

const later = async (): Promise<void> => new Promise((done) => setTimeout(done));

it('says what became of a feature that newer data has no more, and shows that instead', async () => {
  listed = [{ id: 1, became: 'merged', successors: ['town/block'], feature_name: 'New block' }];
  hear(comment(1, { feature: 'old/house' }));
  await later();
  document.querySelector<HTMLElement>('.pin.comment .card, .comment .card, .comment button')!.click();
  expect(panel()).toContain('This is a part of New block now.');
  expect(selected).toContain('town/block');
  expect(document.querySelector('.is-former')).not.toBeNull();
});

it('says so where nothing is left, or nobody can tell', async () => {
  listed = [
    { id: 1, became: 'demolished', successors: [], feature_name: '' },
    { id: 2, became: 'unsure', successors: [], feature_name: '' },
    { id: 3, became: '', successors: [], feature_name: 'Town hall' },
  ];
  hear(comment(1, { feature: 'old/1' }), comment(2, { feature: 'old/2' }), comment(3, { feature: 'town/hall' }));
  await later();
  await consultation.write();
  const fates = [...document.querySelectorAll<HTMLElement>('.became')].filter(({ hidden }) => !hidden);
  expect(fates.map(({ textContent }) => textContent)).toEqual([
    'Newer data of the city came since. Nobody can say for sure what this is about now.',
    'What this is about is no longer there, by newer data of the city.',
  ]);
});
