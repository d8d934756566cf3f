import { expect, it } from 'vitest';

import { layOut, MARGIN_PX, type Card, type CardKind } from '../../src/overlays/card-layout';

const SCREEN = { width: 400, height: 300, taken: [], onFoot: true };
const SENSOR: CardKind = { stem: 40, most: 6, mostFromAbove: 12 };

function card(x: number, y: number, distance = 10, kind = SENSOR): Card {
  return { kind, x, y, distance, width: 120, height: 60, visible: true, shown: false, left: 0, top: 0 };
}

function shown(cards: Card[], screen = SCREEN): number[] {
  layOut(cards, screen);
  return cards.flatMap((one, index) => (one.shown ? [index] : []));
}

it('stands above its place', () => {
  const one = card(200, 200);
  expect(shown([one])).toEqual([0]);
  expect(one.left + one.width / 2).toBe(200);
  expect(one.top + one.height).toBeLessThan(200);
});

it.each([
  [5, 200],
  [395, 200],
  [200, 90],
])('is whole on the screen for a place at %i, %i near its edge', (x, y) => {
  const one = card(x, y);
  expect(shown([one])).toEqual([0]);
  expect(one.left).toBeGreaterThanOrEqual(MARGIN_PX);
  expect(one.left + one.width).toBeLessThanOrEqual(SCREEN.width - MARGIN_PX);
  expect(one.top).toBeGreaterThanOrEqual(MARGIN_PX);
});

it.each([
  [-1, 200],
  [401, 200],
  [200, 40],
  [200, 301],
])('is dropped for a place at %i, %i with no room for it', (x, y) => {
  expect(shown([card(x, y)])).toEqual([]);
});

it('never lies over what is taken', () => {
  const title = { left: 0, top: 0, right: 150, bottom: 120 };
  expect(shown([card(100, 170), card(320, 170)], { ...SCREEN, taken: [title] } as never)).toEqual([1]);
});

it('comes down its stem where something is over the end of it', () => {
  const one = card(200, 200);
  expect(shown([one], { ...SCREEN, taken: [{ left: 0, top: 0, right: 400, bottom: 115 }] } as never)).toEqual([0]);
  expect(one.top).toBeGreaterThan(115);
});

it('gives way to nearer ones, the more the farther it is', () => {
  expect(shown([card(80, 200, 5), card(100, 200, 20)])).toEqual([0]);
  expect(shown([card(80, 200, 5), card(230, 200, 20)])).toEqual([0, 1]);
  expect(shown([card(80, 200, 5), card(230, 200, 300)])).toEqual([0]);
});

it('shows no more of a kind than asked for, and none that is hidden', () => {
  const few = { stem: 40, most: 2, mostFromAbove: 3 };
  const row = [card(70, 100, 10, few), { ...card(200, 100, 10, few), visible: false }, card(330, 100, 10, few), card(200, 250, 10, few)];
  expect(shown(row)).toEqual([0, 2]);
  expect(shown(row, { ...SCREEN, onFoot: false })).toEqual([0, 2, 3]);
  expect(shown([...row, card(70, 250)])).toEqual([0, 2, 4]);
});

it('stands as near to its place as its kind does', () => {
  const name = card(200, 200, 10, { stem: 4, most: 6, mostFromAbove: 6 });
  layOut([name], SCREEN);
  expect(name.top + name.height).toBe(196);
});
