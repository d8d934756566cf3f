import { expect, it } from 'vitest';

import { whereIs, yawTowards } from '../../src/people/where';

const NORTH = { x: 0, y: 1.65, z: 0, yaw: 0 };

it.each([
  [0, -12, '12 metres, ahead'],
  [10, -10, '14 metres, ahead to the right'],
  [12, 0, '12 metres, to the right'],
  [0, 12, '12 metres, behind you'],
  [-12, 0, '12 metres, to the left'],
  [-30, -30, '40 metres, ahead to the left'],
  [0, -1, 'right beside you, ahead'],
  [0, -1234, '1,250 metres, ahead'],
])('%d east and %d south of one who looks north is “%s”', (x, z, words) => {
  expect(whereIs(NORTH, x, 1.65, z)).toBe(words);
});

it('turns with the eye', () => expect(whereIs({ ...NORTH, yaw: Math.PI / 2 }, 12, 1.65, 0)).toBe('12 metres, behind you'));

it('who turns towards a place has it ahead', () => {
  const yaw = yawTowards(NORTH, 7, 5);
  expect(whereIs({ ...NORTH, yaw }, 7, 1.65, 5)).toBe('9 metres, ahead');
});
