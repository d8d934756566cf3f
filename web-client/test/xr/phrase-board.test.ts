// @vitest-environment happy-dom
import { Scene, Vector3 } from 'three';
import { beforeEach, expect, it } from 'vitest';

import { createPhraseBoard, type PhraseBoard } from '../../src/xr/phrase-board';

const EYE = { x: 3, y: 1.6, z: -2, yaw: 0.7 };
const eye = new Vector3(EYE.x, EYE.y, EYE.z);
let board: PhraseBoard;

beforeEach(() => {
  board = createPhraseBoard(new Scene(), 8);
});

const towards = (place: Vector3): Vector3 => place.clone().sub(eye).normalize();

it('stands 1.2 m ahead, a little below the eyes', () => {
  board.open('Say', ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], EYE);
  const middle = board.places()[3];
  expect(middle.distanceTo(eye)).toBeGreaterThan(1.1);
  expect(middle.distanceTo(eye)).toBeLessThan(1.4);
  expect(middle.y).toBeLessThan(EYE.y);
});

it('each choice is where it says', () => {
  board.open('Say', ['a', 'b', 'c'], EYE);
  expect(board.places().map((place) => board.press(eye, towards(place)))).toEqual([0, 1, 2]);
});

it('a press beside all choices is still for the board, a miss is not, nor one while it is closed', () => {
  board.open('Say', ['a', 'b', 'c'], EYE);
  const [first] = board.places();
  expect(board.press(eye, towards(first.clone().add(new Vector3(0, 0.06, 0))))).toBe(-1);
  expect(board.press(eye, new Vector3(0, 1, 0))).toBeUndefined();
  board.close();
  expect(board.press(eye, towards(first))).toBeUndefined();
});

it('offers nothing while it says how it went', () => {
  board.open('Say', ['a'], EYE);
  board.say('Saved.');
  expect(board.press(eye, towards(board.places()[0]))).toBe(-1);
});

it('has its choices below what it tells', () => {
  board.open('Say', ['a', 'b'], EYE);
  const [higher] = board.places();
  board.open('Say', ['a', 'b'], EYE, ['Interior wall', 'Storey: Ground floor']);
  const places = board.places();
  expect(places[0].y).toBeLessThan(higher.y - 0.1);
  expect(places.map((place) => board.press(eye, towards(place)))).toEqual([0, 1]);
  expect(board.press(eye, towards(higher))).toBe(-1);
});
