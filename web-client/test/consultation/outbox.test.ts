import { beforeEach, expect, it } from 'vitest';

import { createOutbox, newKey, type Outbox, type Outgoing } from '../../src/consultation/outbox';
import type { CommentMessage } from '../../src/protocol/messages';

const BENCH: Outgoing = { key: 'abcdefgh', text: 'A bench.', position: [1, 2, 3], eye: [0, 0, 2], orientation: [0, 0, 0, 1] };

let sent: CommentMessage[];
let kept: string;
let open: boolean;
let outbox: Outbox;

function create(before?: string): void {
  outbox = createOutbox({
    send(message) {
      if (open) sent.push(message);
      return open;
    },
    kept: before,
    keep: (text) => (kept = text),
    changed: () => undefined,
  });
}

beforeEach(() => {
  sent = [];
  kept = '';
  open = true;
  create();
});

const states = (): string[] => outbox.letters().map(({ delivery }) => delivery.kind);

it('is sending until the server has stored it', () => {
  outbox.post(BENCH);
  expect(sent).toEqual([{ t: 'comment', ...BENCH }]);
  expect(states()).toEqual(['sending']);
  expect(outbox.stored('abcdefgh')).toBe(true);
  expect(outbox.letters()).toEqual([]);
  expect(kept).toBe('');
});

it('waits for the line, and goes out with the same key', () => {
  open = false;
  outbox.post(BENCH);
  expect(states()).toEqual(['waiting']);
  open = true;
  outbox.opened();
  expect(sent.map(({ key }) => key)).toEqual(['abcdefgh']);
  expect(states()).toEqual(['sending']);
});

it('goes out again after a line was lost before the answer', () => {
  outbox.post(BENCH);
  outbox.lost();
  expect(states()).toEqual(['waiting']);
  outbox.opened();
  expect(sent).toEqual([{ t: 'comment', ...BENCH }, { t: 'comment', ...BENCH }]);
});

it('goes out again after a reload', () => {
  outbox.post(BENCH);
  create(kept);
  expect(states()).toEqual(['waiting']);
  outbox.opened();
  expect(sent.at(-1)).toEqual({ t: 'comment', ...BENCH });
});

it('what was refused says why, and waits for the person', () => {
  outbox.post(BENCH);
  expect(outbox.refused('abcdefgh', 'The disk is full.')).toBe(true);
  expect(outbox.letters()[0].delivery).toEqual({ kind: 'refused', why: 'The disk is full.' });
  outbox.opened();
  expect(sent).toHaveLength(1);
  outbox.again('abcdefgh');
  expect(sent.map(({ key }) => key)).toEqual(['abcdefgh', 'abcdefgh']);
});

it('only what was refused can be taken back', () => {
  outbox.post(BENCH);
  expect(outbox.withdraw('abcdefgh')).toBeUndefined();
  outbox.refused('abcdefgh', 'Too long.');
  expect(outbox.withdraw('abcdefgh')).toEqual(BENCH);
  expect(kept).toBe('');
});

it('knows nothing of what others sent', () => {
  expect(outbox.stored('zzzzzzzz')).toBe(false);
  expect(outbox.refused('zzzzzzzz', 'No.')).toBe(false);
});

it.each(['not JSON', '{}', '[null, 1, {"key": "abcdefgh"}]', JSON.stringify([{ ...BENCH, position: [1, null, 3] }])])(
  'takes no notice of %s in the tab',
  (text) => {
    create(text);
    expect(outbox.letters()).toEqual([]);
  },
);

it('keys are long, random and as the contract wants them', () => {
  expect(newKey()).toMatch(/^[0-9a-f]{32}$/);
  expect(newKey()).not.toBe(newKey());
});
