import { expect, it } from 'vitest';

import type { Manifest } from '../../src/protocol/messages';
import { marksOf } from '../../src/variants/marks';

function marks(own: readonly string[], added: readonly string[] = []): readonly number[] {
  const layer = (reality: string, kind: string) => ({ name: kind, title: '', kind, reality, features: 1 });
  const layers = [layer('derived', 'ground'), ...[...own, ...added].map((reality) => layer(reality, 'city-objects'))];
  const numbers = added.map((_, i) => 1 + own.length + i);
  return marksOf({ layers, variants: [{ name: 'a', layers: numbers }] } as unknown as Manifest);
}

it('marks each kind of what is not real otherwise, and what is real not at all', () => {
  expect(marks(['measured', 'imagined'], ['proposed', 'simulated', 'measured'])).toEqual([0, 0, 3, 1, 2, 0]);
});

it('marks no rooms', () => {
  const layers = ['buildings', 'shells', 'interiors'].map((name, i) => ({ name, title: '', kind: 'city-objects', reality: i === 0 ? 'measured' : 'proposed', features: 1 }));
  expect(marksOf({ layers, variants: [{ name: 'a', layers: [1, 2] }] } as unknown as Manifest)).toEqual([0, 1, 0]);
});

it('marks nothing of what all of the city is, for then a word says it', () => {
  expect(marks(['imagined', 'imagined'], ['proposed', 'imagined'])).toEqual([0, 0, 0, 1, 0]);
  expect(marks(['proposed'])).toEqual([0, 0]);
});
