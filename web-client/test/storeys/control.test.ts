// @vitest-environment happy-dom
import { beforeEach, expect, it } from 'vitest';

import type { Building } from '../../src/protocol/buildings';
import { createStoreyControl, type StoreyControl } from '../../src/storeys/control';

const STOREYS = [
  { id: 'ground', name: 'Ground floor', floor: 0, ceiling: 3 },
  { id: 'upper', name: '', floor: 3, ceiling: 6 },
];
const HOUSE: Building = { id: 'house', name: 'The mill', floor: 0, box: [[0, 0, 0], [9, 9, 9]], turn: 0, storeys: STOREYS, rooms: [], variant: '' };

let place: HTMLElement;
let control: StoreyControl;
let done: unknown[];

beforeEach(() => {
  place = document.createElement('div');
  document.body.replaceChildren(place);
  done = [];
  control = createStoreyControl(place, {
    go: (storey) => done.push(storey),
    change: (direction) => done.push(direction > 0 ? 'up' : 'down'),
    toCity: () => done.push('city'),
  });
});

function find<T extends Element = HTMLElement>(selector: string): T {
  return place.querySelector<T>(selector)!;
}

it('is hidden where there is no building', () => {
  expect(find<HTMLFieldSetElement>('fieldset').hidden).toBe(true);
  control.show({ building: HOUSE, storey: STOREYS[0], isInside: true, where: 'Kitchen' });
  expect(find<HTMLFieldSetElement>('fieldset').hidden).toBe(false);
  control.show(undefined);
  expect(find<HTMLFieldSetElement>('fieldset').hidden).toBe(true);
});

it('names the building, its storeys from above to below, and where one is', () => {
  control.show({ building: HOUSE, storey: STOREYS[0], isInside: true, where: 'Kitchen, Ground floor' });
  expect(find('fieldset').getAttribute('aria-label')).toBe('Storeys of The mill');
  expect([...find<HTMLSelectElement>('select').options].map(({ text }) => text)).toEqual(['Go inside', 'Storey 2', 'Ground floor']);
  expect(find<HTMLSelectElement>('select').value).toBe('0');
  expect(find('p').textContent).toBe('Kitchen, Ground floor');
});

it('leads to the storey that is chosen, also to the one that one stands beside', () => {
  control.show({ building: HOUSE, storey: STOREYS[0], isInside: false, where: 'Outside' });
  const list = find<HTMLSelectElement>('select');
  expect(list.value).toBe('');
  list.value = '0';
  list.dispatchEvent(new Event('change'));
  expect(done).toEqual([0]);
});

it('leads up and down, and says where it goes no further', () => {
  control.show({ building: HOUSE, storey: STOREYS[1], isInside: true, where: '' });
  const up = find('[aria-label="Go up a storey"]');
  expect(up.getAttribute('aria-disabled')).toBe('true');
  find('[aria-label="Go down a storey"]').dispatchEvent(new MouseEvent('click', { detail: 1 }));
  expect(done).toEqual(['down', 'city']);
});
