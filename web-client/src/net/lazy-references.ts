/** `References`, whose code comes with the first content that has an address: few servers send any. */
import type { ServerMessage } from '../protocol/messages';
import type { References, ReferencesOptions } from './references';

/** What mustn't overtake content. */
const IN_ORDER: ReadonlySet<ServerMessage['t']> = new Set(['place', 'drop', 'visible', 'complete']);

export function createLazyReferences(options: ReferencesOptions): References {
  let references: References | undefined;
  let waiting: ServerMessage[] | undefined;

  async function load(): Promise<void> {
    const { createReferences } = await import('./references');
    references = createReferences(options);
    const held = waiting ?? [];
    waiting = undefined;
    for (const message of held) {
      const next = references.take(message);
      if (next) options.emit(next);
    }
  }

  return {
    take(message) {
      if (references) return references.take(message);
      if (message.t === 'scene' && waiting) waiting = [];
      const isFirst = !waiting && message.t === 'place' && message.encoding === 'reference';
      if (!isFirst && !(waiting && IN_ORDER.has(message.t))) return message;
      if (isFirst) void load();
      (waiting ??= []).push(message);
      return undefined;
    },
    clear() {
      if (waiting) waiting = [];
      references?.clear();
    },
  };
}
