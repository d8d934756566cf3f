// @vitest-environment happy-dom
import { beforeEach, expect, it, vi } from 'vitest';

import { createManualClock, type ManualClock } from '../../src/core/clock';
import { createSensors, type Sensors } from '../../src/overlays/sensors';
import { createTime, type Time } from '../../src/time/time';
import type { WorkshopContext } from '../../src/workshop';

const NOW_US = new Date(2026, 10, 21, 14, 0).getTime() * 1000;
const HOUR_US = 3600e6;
let page: HTMLElement;
let sensors: Sensors;
let suns: (number | undefined)[];
let said: string[];
let time: Time;
let clock: ManualClock;

/** Only what time asks for of all that there is. */
function created(): Time {
  const tools = document.createElement('nav');
  const masthead = document.createElement('div');
  page.append(masthead, tools);
  const context = {
    session: { scene: 'town' },
    hud: { tools, foot: tools, masthead, controls: [], announce: (text: string) => said.push(text) },
    panel: { belowSensors: () => undefined },
    sensors,
    hour: { visit: (ms: number | undefined) => suns.push(ms) },
    manifest: () => ({ origin: { lon: 10, lat: 54 } }),
    readingsChanged: () => undefined,
    changed: () => undefined,
    serverNow: () => NOW_US,
    clock,
  };
  return createTime(context as unknown as WorkshopContext);
}

/** @returns whether time goes on by itself. */
function frameAfter(seconds: number): boolean {
  clock.advance(seconds * 1000);
  return time.frame();
}

function button(name: string): HTMLButtonElement {
  return [...page.querySelectorAll('button')].find(({ textContent }) => textContent === name)!;
}

beforeEach(() => {
  page = document.createElement('div');
  document.body.replaceChildren(page);
  vi.stubGlobal('fetch', () => Promise.reject(new Error('offline')));
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => undefined }));
  sensors = createSensors(() => NOW_US);
  suns = [];
  said = [];
  clock = createManualClock();
  time = created();
});

it('takes sensors and sun to one moment, says so, and leads back with one press', () => {
  time.step(-3_600_000);
  expect(sensors.now()).toBe(NOW_US - HOUR_US);
  expect(suns.at(-1)).toBe((NOW_US - HOUR_US) / 1000);
  expect(said.at(-1)).toBe('Today, 13:00, not now');
  button('Back to now').click();
  expect(sensors.now()).toBe(NOW_US);
  expect(suns.at(-1)).toBeUndefined();
  expect(said.at(-1)).toBe('You see what is now.');
});

it('is hidden until it is asked for, and closing it leads back to now', () => {
  const bar = page.querySelector<HTMLElement>('.past-bar')!;
  expect(bar.hidden).toBe(true);
  button('Look back').click();
  expect(bar.hidden).toBe(false);
  expect(suns).toEqual([]);
  time.step(-3_600_000);
  button('×').click();
  expect(bar.hidden).toBe(true);
  expect(time.moment).toBeUndefined();
});

it('offers nothing where nothing is measured', () => {
  frameAfter(0);
  expect(button('Look back').hidden).toBe(true);
  expect(time.isOffered).toBe(false);
});

it('goes on only when told to, and shows readings ten times a second', () => {
  time.step(-3_600_000);
  expect(frameAfter(1)).toBe(false);
  button('Play').click();
  expect(frameAfter(0.05)).toBe(true);
  expect(sensors.now()).toBe(NOW_US - HOUR_US + 30e6);
  const before = suns.length;
  frameAfter(0.04);
  expect(suns).toHaveLength(before);
  frameAfter(0.02);
  expect(suns).toHaveLength(before + 1);
});

it('goes on as fast as it says where pictures are slow, but not while the page slept', () => {
  time.step(-3_600_000);
  button('Play').click();
  frameAfter(0.8);
  expect(sensors.now()).toBe(NOW_US - HOUR_US + 480e6);
  frameAfter(600);
  expect(sensors.now()).toBe(NOW_US - HOUR_US + 1080e6);
});

it('goes on in jumps where motion is reduced', () => {
  vi.stubGlobal('matchMedia', () => ({ matches: true, addEventListener: () => undefined }));
  page.replaceChildren();
  time = created();
  time.step(-3_600_000);
  button('Play').click();
  frameAfter(0.6);
  expect(sensors.now()).toBe(NOW_US - HOUR_US);
  frameAfter(0.6);
  expect(sensors.now()).toBe(NOW_US - HOUR_US + 1.2 * 600e6);
});
