import { expect, test } from 'vitest';

import { makeIndex, MAKES } from '../../src/city/furniture';

test.each([
  ['ellerhaven/ellerhaven-lamp-heart-12', '', 'iron'],
  ['ellerhaven/ellerhaven-market-stall-heart-3', '', 'stall'],
  ['ellerhaven/ellerhaven-ferry-heart-1', 'Ferry Henriette', 'boat'],
  ['ellerhaven/ellerhaven-ferry-stop-heart-1', 'Ferry stop Market Quay', 'unknown'],
  ['frn/0815', 'Marktbrunnen', 'unknown'],
  ['frn/0815', 'Brunnen am Markt', 'stone'],
  ['bench-town/0815', '', 'unknown'],
  ['frn/dwelling-7', '', 'unknown'],
])('%s %s is of %s', (identity, name, make) => {
  expect(MAKES[makeIndex(identity, name)]).toBe(make);
});
