import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { plainSha256, sha256 } from '../../src/shelf/sha256';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('a SHA-256', () => {
  it.each([0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 127, 128, 1000, 100_003])('agrees with another for %i bytes', (length) => {
    const content = Uint8Array.from({ length }, (_, i) => (i * 167 + (i >> 8)) & 0xff);
    expect(hex(plainSha256(content))).toBe(createHash('sha256').update(content).digest('hex'));
  });

  it('reads a view into a longer buffer', () => {
    const content = new Uint8Array([9, 9, 97, 98, 99, 9]).subarray(2, 5);
    expect(hex(plainSha256(content))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('is the browser’s where there is one', async () => {
    const content = new Uint8Array([97, 98, 99]);
    expect(hex(await sha256(content))).toBe(hex(plainSha256(content)));
  });
});
