import { expect, it } from 'vitest';

import { hexBytes } from '../../src/protocol/hex';

it('writes a hash as the wire has it', () => {
  expect(hexBytes('00ff10')).toEqual(new Uint8Array([0, 255, 16]));
});
