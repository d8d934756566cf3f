import { afterEach, expect, it, vi } from 'vitest';

import { localDictation } from '../../src/consultation/dictation';

afterEach(() => vi.unstubAllGlobals());

class Recognition extends EventTarget {
  static asked: unknown;
  static answer = 'available';
  static async available(options: unknown): Promise<string> {
    Recognition.asked = options;
    return Recognition.answer;
  }
  lang = '';
  processLocally = false;
  start(): void {
    if (!this.processLocally) throw new Error('would ask another host');
    this.dispatchEvent(Object.assign(new Event('result'), { results: [[{ transcript: ' a bench ' }]] }));
    this.dispatchEvent(new Event('end'));
  }
  abort(): void {
    this.dispatchEvent(new Event('end'));
  }
}

it('is only offered where speech is recognised on the device', async () => {
  expect(await localDictation('en-GB')).toBeUndefined();
  vi.stubGlobal('SpeechRecognition', class {});
  expect(await localDictation('en-GB')).toBeUndefined();
  vi.stubGlobal('SpeechRecognition', Recognition);
  for (Recognition.answer of ['downloadable', 'unavailable']) expect(await localDictation('en-GB')).toBeUndefined();
});

it('listens on the device alone', async () => {
  Recognition.answer = 'available';
  vi.stubGlobal('SpeechRecognition', Recognition);
  const dictation = await localDictation('en-GB');
  expect(Recognition.asked).toEqual({ langs: ['en-GB'], processLocally: true });
  expect(await dictation!.listen()).toBe('a bench');
});
