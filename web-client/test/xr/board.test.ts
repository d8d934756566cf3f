import { expect, it } from 'vitest';

import { shortened } from '../../src/xr/board';

const TEN_EACH = { measureText: (text: string) => ({ width: 10 * text.length }) as TextMetrics };

it('leaves a line that fits as it is', () => {
  expect(shortened(TEN_EACH, 'Fine dust', '', 90)).toBe('Fine dust');
  expect(shortened(TEN_EACH, 'Fine dust', 'and 2 more', 200)).toBe('Fine dust and 2 more');
});

it('shortens what is named, and keeps how many more there are', () => {
  expect(shortened(TEN_EACH, 'Sound level, the old town hall', 'and 7 more', 260)).toBe('Sound level, the… and 7 more');
  expect(shortened(TEN_EACH, 'Sound level, the old town hall', '', 120)).toBe('Sound level,…');
});

it('ends where hardly anything fits', () => {
  expect(shortened(TEN_EACH, 'Sound level', '', 1)).toBe('S…');
});
