import { expect, it } from 'vitest';

import { draftAsText, readDraft, textLength, type Draft } from '../../src/consultation/draft';

const DRAFT: Draft = {
  text: 'A bench, ple',
  pin: { feature: 'town/1', place: 'Town hall', position: [1, 2, 3], eye: [4, 5, 6], orientation: [0, 0, 0, 1] },
};

it('comes back as it was kept', () => expect(readDraft(draftAsText(DRAFT))).toEqual(DRAFT));

it('an empty draft isn\'t kept', () => expect(draftAsText({ ...DRAFT, text: '  ' })).toBe(''));

it.each([undefined, '', 'null', '{"text": 1}', '{"text": "a", "pin": {"feature": "", "place": "", "position": [1]}}'])(
  'takes no notice of %s',
  (text) => expect(readDraft(text)).toBeUndefined(),
);

it.each([
  ['A bench', 7],
  ['  A bench \n', 7],
  ['e\u0301', 1],
  ['🌳🌳', 2],
])('%j has as many characters as the server counts', (text, length) => expect(textLength(text)).toBe(length));
