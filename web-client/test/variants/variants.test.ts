import { expect, it } from 'vitest';

import type { ClientMessage, Manifest } from '../../src/protocol/messages';
import type { Away } from '../../src/variants/away';
import { featureKey } from '../../src/variants/key';
import { createVariants } from '../../src/variants/variants';

const LAYER = { name: 'buildings', title: 'Buildings', kind: 'city-objects', features: 1 };
const TOWN = {
  layers: ['measured', 'measured', 'proposed', 'imagined'].map((reality) => ({ ...LAYER, reality })),
  variants: [
    { name: 'a', title: 'A', description: '', layers: [2], hides: ['town/1'], restyles: [{ id: 'town/2', look: 'green', label: 'A park' }] },
    { name: 'b', title: 'B', description: '', layers: [3], hides: [], restyles: [] },
  ],
} as unknown as Manifest;

function created() {
  const sent: ClientMessage[] = [];
  const away: Away[] = [];
  const variants = createVariants({
    send: (message) => sent.push(message),
    leaveOut: (now) => away.push(now),
    changed: () => undefined,
  });
  variants.manifest(TOWN);
  return { variants, sent, away };
}

it('shows the city as it is, without what any variant adds', () => {
  const { variants, sent, away } = created();
  expect([...away[0].layers]).toEqual([2, 3]);
  expect([...away[0].keys]).toEqual([]);
  expect(variants.realities).toEqual(['measured', 'measured']);
  expect(sent).toEqual([]);
});

it('shows a variant without what the others add and what makes room for it, and tells the server', () => {
  const { variants, sent, away } = created();
  expect(variants.choose('a')).toBe(true);
  expect([...away[1].layers]).toEqual([3]);
  expect([...away[1].keys]).toEqual([featureKey('town/1')]);
  expect(variants.realities).toEqual(['measured', 'measured', 'proposed', 'proposed']);
  expect(variants.marked).toEqual(['proposed', 'proposed']);
  expect([variants.title, variants.nextTitle]).toEqual(['A', 'B']);
  expect(sent).toEqual([{ t: 'variant', variant: 'a' }]);
  expect(variants.choose('nothing')).toBe(false);
  expect(variants.current).toBe('a');
});

it('goes from one to the next, and round', () => {
  const { variants, sent } = created();
  for (let i = 0; i < 3; i += 1) variants.next();
  expect(sent.map((message) => message.t === 'variant' && message.variant)).toEqual(['a', 'b', '']);
});

it('tells a server that knows nothing of it, and forgets one that is gone', () => {
  const { variants, sent } = created();
  variants.tellAgain();
  expect(sent).toEqual([]);
  variants.choose('b');
  variants.tellAgain();
  expect(sent).toHaveLength(2);
  variants.manifest({ ...TOWN, variants: [] });
  expect(variants.current).toBe('');
});
