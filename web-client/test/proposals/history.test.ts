import { expect, it } from 'vitest';

import { createHistory } from '../../src/proposals/history';

it('undoes and redoes step by step', () => {
  const history = createHistory(0);
  history.set(1, '');
  history.set(2, '');
  expect(history.undo()).toBe(true);
  expect(history.state).toBe(1);
  expect(history.redo()).toBe(true);
  expect(history.state).toBe(2);
  expect(history.redo()).toBe(false);
});

it('takes all of one drag for one step, and the next drag for another', () => {
  const history = createHistory(0);
  for (const state of [1, 2, 3]) history.set(state, 'drag');
  history.letGo();
  for (const state of [4, 5]) history.set(state, 'drag');
  history.undo();
  expect(history.state).toBe(3);
  history.undo();
  expect(history.state).toBe(0);
  expect(history.canUndo).toBe(false);
});

it('forgets what was undone once something else is done', () => {
  const history = createHistory('a');
  history.set('b', '');
  history.undo();
  history.set('c', '');
  expect(history.canRedo).toBe(false);
  expect(history.state).toBe('c');
});
