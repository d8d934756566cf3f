import { afterEach, expect, it, vi } from 'vitest';

import { createDecoder } from '../../src/city/decoder';

class BrokenWorker {
  onmessage = null;
  onerror: (() => void) | null = null;
  postMessage(): void {
    queueMicrotask(() => this.onerror?.());
  }
}

afterEach(() => vi.unstubAllGlobals());

it('refuses what waits for a worker that stopped, and what comes after', async () => {
  vi.stubGlobal('Worker', BrokenWorker);
  const decoder = createDecoder(() => undefined);
  for (let i = 0; i < 2; i += 1) {
    await expect(decoder.tile({ hash: '00', encoding: 'identity', content: new Uint8Array(4) })).rejects.toThrow('load the page again');
  }
  expect(decoder.pending).toBe(0);
});
