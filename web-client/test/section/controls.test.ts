// @vitest-environment happy-dom
import { beforeEach, expect, it } from 'vitest';

import type { Building } from '../../src/protocol/buildings';
import { createControls, type Controls } from '../../src/section/controls';
import { boxArea, NOTHING_CUT, type Settings } from '../../src/section/settings';

const STOREYS = [
  { id: 'ground', name: 'Ground floor', floor: 0, ceiling: 2.7 },
  { id: 'attic', name: '', floor: 2.7, ceiling: 5 },
];
const HOUSE: Building = { id: 'house', name: 'House', box: [[0, 0, 0], [20, 10, 6]], floor: 0, turn: 0, storeys: STOREYS, rooms: [], variant: '' };
const PLAN: Settings = { ...NOTHING_CUT, building: HOUSE, area: boxArea(HOUSE), storey: STOREYS[0], height: 1.5 };

let controls: Controls;
let wanted: Settings;
let said: string[];

beforeEach(() => {
  said = [];
  const show = (settings: Settings): void => {
    wanted = settings;
    controls.show([HOUSE], settings);
  };
  controls = createControls({
    set: show,
    choose: (building) => show({ ...PLAN, building }),
    facing: (settings) => ({ ...settings, side: { heading: Math.PI, offset: 0 } }),
    announce: (text) => said.push(text),
    fromAbove: () => undefined,
    reset: () => show(NOTHING_CUT),
  });
  document.body.replaceChildren(controls.root);
  show(PLAN);
});

function labelled(label: string): HTMLInputElement {
  const row = [...document.querySelectorAll('label')].find(({ textContent }) => textContent?.startsWith(label));
  return row!.querySelector('input')!;
}

function press(input: HTMLInputElement): void {
  input.click();
}

function slide(label: string, value: number): void {
  const input = labelled(label);
  input.value = String(value);
  input.dispatchEvent(new Event('input'));
}

it('lists the storeys from above to below, with a word for one that has no name', () => {
  const names = [...document.querySelectorAll('fieldset label')].map(({ textContent }) => textContent);
  expect(names).toEqual(['The roof', 'Storey 2', 'Ground floor']);
  expect(labelled('Ground floor').checked).toBe(true);
});

it('shows another storey, and says so', () => {
  press(labelled('Storey 2'));
  expect(wanted.storey?.id).toBe('attic');
  expect(said).toEqual(['You see “Storey 2”, cut 1.5 metres above its floor.']);
});

it('moves the cut above the floor', () => {
  slide('Cut above the floor', 2.2);
  expect(wanted.height).toBe(2.2);
  expect(labelled('Cut above the floor').getAttribute('aria-valuetext')).toBe('2.2 metres');
});

it('cuts from the side, turns and moves that cut, and ends it', () => {
  press(labelled('Cut from the side'));
  expect(wanted.side?.heading).toBeCloseTo(Math.PI, 6);
  slide('Turn the cut', 90);
  expect(wanted.side?.heading).toBeCloseTo(Math.PI / 2, 6);
  expect(labelled('Turn the cut').getAttribute('aria-valuetext')).toBe('90 degrees, looking west');
  slide('Move the cut', -2);
  expect(wanted.side?.offset).toBe(-2);
  press(labelled('Cut from the side'));
  expect(wanted.side).toBeUndefined();
});
