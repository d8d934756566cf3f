import { expect, it } from 'vitest';

import { fatesOf } from '../../src/consultation/fates';

it('reads only what it knows', () => {
  const good = { id: 1, became: 'split', successors: ['a', 'b'], feature_name: 'Hall' };
  const body = { comments: [good, { ...good, id: 'x' }, { ...good, id: 2, became: 'eaten' }, { id: 3, became: 'unsure', successors: [1, 'c'] }] };
  expect([...fatesOf(body)]).toEqual([
    [1, { became: 'split', successors: ['a', 'b'], name: 'Hall' }],
    [3, { became: 'unsure', successors: ['c'], name: '' }],
  ]);
  for (const none of [{}, { comments: 'x' }, []]) expect(fatesOf(none).size).toBe(0);
});
