/**
 * Speaking a comment, only where the browser recognises speech on the device itself: no sound ever
 * leaves it (Web Speech API, `processLocally`). Nothing is downloaded for it.
 */
interface LocalRecognition extends EventTarget {
  lang: string;
  processLocally: boolean;
  start(): void;
  abort(): void;
}

interface LocalRecognitionConstructor {
  new (): LocalRecognition;
  available?(options: { langs: string[]; processLocally: boolean }): Promise<string>;
}

export interface Dictation {
  /** Listens once; resolves with what was said, "" for nothing. */
  listen(): Promise<string>;
  stop(): void;
}

/** `undefined` where this browser can't, or would ask another host. */
export async function localDictation(lang: string): Promise<Dictation | undefined> {
  const { SpeechRecognition } = globalThis as { SpeechRecognition?: LocalRecognitionConstructor };
  if (!SpeechRecognition?.available) return undefined;
  try {
    if ((await SpeechRecognition.available({ langs: [lang], processLocally: true })) !== 'available') return undefined;
  } catch {
    return undefined;
  }
  const recognition = new SpeechRecognition();
  // A browser that doesn't know the property would ask another host.
  if (!('processLocally' in recognition)) return undefined;
  recognition.lang = lang;
  recognition.processLocally = true;
  return {
    listen: () =>
      new Promise((resolve) => {
        let said = '';
        recognition.addEventListener('result', (event) => (said = transcript(event)), { once: true });
        recognition.addEventListener('end', () => resolve(said), { once: true });
        recognition.start();
      }),
    stop: () => recognition.abort(),
  };
}

function transcript(event: Event): string {
  const { results } = event as Event & { results?: ArrayLike<ArrayLike<{ transcript: string }>> };
  return results?.[0]?.[0]?.transcript.trim() ?? '';
}
