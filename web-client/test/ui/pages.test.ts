// @vitest-environment happy-dom
import { beforeEach, expect, it, vi } from 'vitest';

import { showCities, showLeft, showNoWebGl, showRefusal } from '../../src/ui/pages';

const root = document.body.appendChild(document.createElement('main'));

beforeEach(() => root.replaceChildren());

it('an unknown scene leads to those that exist', async () => {
  const scenes = { scenes: [{ name: 'town', title: 'Town' }, { name: '../bad', title: 'x' }] };
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(scenes)));
  await showRefusal(root, 'town', { code: 'unknown-scene', message: '' });
  const links = [...root.querySelectorAll('a')];
  expect(links.map((link) => [link.textContent, link.getAttribute('href')])).toEqual([['Town', '/s/town']]);
});

it('several cities are listed with their sources', () => {
  showCities(root, [
    { name: 'town', title: 'Town', source: 'Town of Harbour' },
    { name: 'village', title: 'Village', source: '' },
  ]);
  const links = [...root.querySelectorAll('a')];
  expect(links.map((link) => link.getAttribute('href'))).toEqual(['/s/town', '/s/village']);
  expect(links[0].textContent).toContain('Town of Harbour');
});

it.each([
  ['server-full', 'The city is full'],
  ['not-made', 'could not be read'],
  ['unsupported-protocol', 'do not fit together'],
  ['not-allowed', 'ended the visit'],
  ['bad-invite', 'does not work'],
  ['expired-invite', 'is over'],
])('%s has its own page with a way on', async (code, words) => {
  await showRefusal(root, 'town', { code, message: 'Because.' });
  expect(root.textContent).toContain(words);
  expect(root.querySelector('button')).not.toBeNull();
});

it('who has left may come back, and read on', () => {
  showLeft(root, 'town');
  expect(root.textContent).toContain('You have left');
  expect(document.activeElement?.textContent).toBe('Come back in');
  expect(root.querySelector('a')?.getAttribute('href')).toBe('/s/town/comments');
});

it('without WebGL the facts and the list of buildings remain', () => {
  const page = showNoWebGl(root, 'town');
  page.manifest({
    name: 'town',
    title: 'Town',
    origin: { lon: 10, lat: 54 },
    extent: { min: [0, 0, 0], max: [400, 300, 20] },
    layers: [{ name: 'b', title: 'Buildings', kind: 'city-objects', reality: 'measured', features: 97 }],
    spawn_points: [],
    attributions: [{ text: 'Town of Harbour', licence: 'CC-BY-4.0' }],
    tilesets: [], variants: [],
    collider_cell_m: 64,
    buildings: '',
  });
  expect(root.querySelector('h1')?.textContent).toBe('Town');
  for (const words of ['97', '400 by 300 metres', 'Town of Harbour', '3D']) expect(root.textContent).toContain(words);
  expect(root.querySelector('a')?.getAttribute('href')).toBe('/scenes/town/features');
});
