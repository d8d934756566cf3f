// @vitest-environment happy-dom
import { beforeEach, expect, it } from 'vitest';

import { createBar, type Bar } from '../../src/time/bar';

const NOW_MS = new Date(2026, 10, 21, 14, 0).getTime();
const NIGHT_MS = new Date(2026, 10, 20, 3, 10).getTime();
const PLACE = { lon: 10, lat: 54 };
let did: string[];
let bar: Bar;

beforeEach(() => {
  did = [];
  const note = (name: string) => (value?: number) => did.push(value === undefined ? name : `${name} ${value}`);
  bar = createBar({ goTo: note('goTo'), rest: note('rest'), step: note('step'), play: note('play'), pause: note('pause'), live: note('live'), close: note('close') });
});

function show(moment: number | undefined, speed = 0): void {
  bar.show({ moment, nowMs: NOW_MS, speed, said: '', place: PLACE });
}

function slider(): HTMLInputElement {
  return bar.root.querySelector('input[type=range]')!;
}

it('says in words that one looks at the past, on the bar and beside the name of the city', () => {
  show(NIGHT_MS);
  expect(bar.root.textContent).toContain('Yesterday, 03:10, not now');
  expect(bar.sign.textContent).toContain('Yesterday, 03:10, not now');
  expect(bar.sign.hidden).toBe(false);
  expect(slider().getAttribute('aria-valuetext')).toBe('Yesterday, 03:10');
  show(undefined);
  expect(bar.root.textContent).toContain('You see what is now.');
  expect(bar.sign.hidden).toBe(true);
});

it('leads through the day that is looked at', () => {
  show(NIGHT_MS);
  slider().value = '600';
  slider().dispatchEvent(new Event('input'));
  expect(did).toEqual([`goTo ${new Date(2026, 10, 20, 10, 0).getTime()}`]);
});

it('goes to the same time of another day', () => {
  show(NIGHT_MS);
  const days = bar.root.querySelector('select')!;
  expect([...days.options].map(({ text }) => text).slice(0, 3)).toEqual(['Today', 'Yesterday', 'Thursday 19 November']);
  days.value = String(new Date(2026, 10, 19).getTime());
  days.dispatchEvent(new Event('change'));
  expect(did).toEqual([`goTo ${new Date(2026, 10, 19, 3, 10).getTime()}`, 'rest']);
});

it('names a day that is farther back, too', () => {
  show(new Date(2026, 8, 3, 12, 0).getTime());
  const days = bar.root.querySelector('select')!;
  expect(days.selectedOptions[0].text).toBe('Thursday 3 September');
});

it('plays and pauses, and leads back to now, with one press each', () => {
  show(NIGHT_MS);
  const press = (name: string): void => [...bar.root.querySelectorAll('button')].find(({ textContent }) => textContent === name)!.click();
  press('Play');
  show(NIGHT_MS, 600);
  press('Pause');
  press('Back to now');
  expect(did).toEqual(['play 600', 'pause', 'live']);
});

it('keeps its keys from the walker, and closes with Escape', () => {
  let walked = false;
  document.body.append(bar.root);
  document.body.addEventListener('keydown', () => (walked = true));
  bar.root.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowUp', bubbles: true }));
  bar.root.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
  expect(walked).toBe(false);
  expect(did).toEqual(['close']);
});
