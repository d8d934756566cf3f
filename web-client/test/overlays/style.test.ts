import { expect, it } from 'vitest';

import { isLike, ruleFor, styleOf } from '../../src/overlays/style';
import type { StyleRule } from '../../src/protocol/messages';

const RULE: StyleRule = { look: 'column', observed_property: 'Noise', key: '', title: 'Noise', scale: [30, 80], palette: 'viridis', steps: [[60, 'loud'], [30, 'quiet']], body: '' };

it('takes what the file says, steps in order', () => {
  expect(styleOf(RULE)).toEqual({
    look: 'column',
    title: 'Noise',
    scale: { low: 30, high: 80, palette: 'viridis', steps: [{ from: 30, words: 'quiet' }, { from: 60, words: 'loud' }] },
    body: 'bus',
  });
});

it('shows as a pin what it doesn’t know, and in the usual colours', () => {
  const { look, scale } = styleOf({ ...RULE, look: 'hologram', palette: 'rainbow' });
  expect([look, scale?.palette]).toEqual(['pin', 'cividis']);
});

it('takes the scale from the steps where the file has none, and has no colours without either', () => {
  expect(styleOf({ ...RULE, scale: undefined }).scale).toMatchObject({ low: 30, high: 60 });
  expect(styleOf({ ...RULE, scale: undefined, steps: [] }).scale).toBe(undefined);
  expect(styleOf({ ...RULE, scale: [5, 5] }).scale).toBe(undefined);
});

it('goes by the first rule that fits property and key', () => {
  const rules = [{ ...RULE, key: 'quay-*' }, RULE, { ...RULE, observed_property: '', key: 'tram-?' }];
  expect(ruleFor(rules, 'Noise', 'quay-1')).toBe(0);
  expect(ruleFor(rules, 'Noise', 'hall')).toBe(1);
  expect(ruleFor(rules, 'Speed', 'tram-7')).toBe(2);
  expect(ruleFor(rules, 'Speed', 'tram-77')).toBe(-1);
  expect(ruleFor([{ ...RULE, observed_property: '' }], 'Noise', 'k')).toBe(-1);
});

it('knows letters that stand for others, in little time', () => {
  expect(isLike('*', '')).toBe(true);
  expect(isLike('a*c*', 'abcd')).toBe(true);
  expect(isLike('a*d?', 'abcd')).toBe(false);
  expect(isLike('a.c', 'abc')).toBe(false);
  expect(isLike(`${'*a'.repeat(60)}b`, 'a'.repeat(255))).toBe(false);
});
