import { beforeEach, expect, it } from 'vitest';

import { createMissing, type Missing, type MissingList } from '../../src/net/missing';

let list: MissingList;
let sent: Missing[];
let waiting: (() => void)[];
let revision: number;

const pass = (): void => waiting.splice(0).forEach((run) => run());

beforeEach(() => {
  sent = [];
  waiting = [];
  revision = 2;
  list = createMissing({
    send: (message) => sent.push(message),
    after: (_, run) => waiting.push(run),
    revision: () => revision,
  });
});

it('gathers what is missing at once into one message', () => {
  list.tile(7);
  list.cell({ layer: 1, cell: [-2, 3] });
  list.tile(8);
  expect(sent).toEqual([]);
  pass();
  expect(sent).toEqual([{ t: 'missing', tiles: [7, 8], cells: [[1, -2, 3]], revision: 2 }]);
  expect(waiting).toEqual([]);
  list.tile(9);
  pass();
  expect(sent[1]).toEqual({ t: 'missing', tiles: [9], cells: [], revision: 2 });
});

it('never makes a message too long', () => {
  for (let tile = 0; tile < 2500; tile += 1) list.tile(tile);
  pass();
  expect(sent.map(({ tiles }) => tiles.length)).toEqual([1000, 1000, 500]);
});

it('forgets what was of a former scene', () => {
  list.tile(7);
  revision = 3;
  pass();
  expect(sent).toEqual([]);
  list.tile(1);
  revision = 4;
  list.tile(2);
  pass();
  expect(sent).toEqual([{ t: 'missing', tiles: [2], cells: [], revision: 4 }]);
});
