/** What became of the features that older comments are about, where a later delivery has other ones. */
import type { Comment } from '../protocol/messages';

/** As in `became` of docs/contract/http.md; "" where the feature is still there. */
export type Became = '' | 'renamed' | 'split' | 'merged' | 'demolished' | 'unsure';

export interface Fate {
  readonly became: Became;
  /** The features of today, the surest first. */
  readonly successors: readonly string[];
  /** Of the first of them, or "". */
  readonly name: string;
}

export interface Fates {
  /** Asks the server, once after each welcome, if any of these hangs on a feature. */
  ask(comments: readonly Comment[]): void;
  /** The server may have another delivery than before. */
  forget(): void;
  of(comment: Comment): Fate | undefined;
}

const KINDS: ReadonlySet<string> = new Set<Became>(['renamed', 'split', 'merged', 'demolished', 'unsure']);
/** As many as the stream tells of at first. */
const MOST = 200;

export function createFates(scene: string, changed: () => void): Fates {
  let fates = new Map<number, Fate>();
  let asked = false;

  async function fetchFates(): Promise<void> {
    try {
      const url = `/scenes/${encodeURIComponent(scene)}/comments?limit=${MOST}`;
      const response = await fetch(url, { headers: { Accept: 'application/json' } });
      if (!response.ok) return;
      fates = fatesOf(await response.json());
      if (fates.size > 0) changed();
    } catch {
      // Without an answer comments are shown at their points, as those are of which nothing is known.
    }
  }

  return {
    ask(comments) {
      if (asked || !comments.some(({ feature }) => feature !== '')) return;
      asked = true;
      void fetchFates();
    },
    forget() {
      asked = false;
    },
    of: ({ id }) => fates.get(id),
  };
}

/** Of the server's list of comments, by their numbers: those whose feature isn't there any more. */
export function fatesOf(body: unknown): Map<number, Fate> {
  const list = (body as { comments?: unknown }).comments;
  const fates = new Map<number, Fate>();
  for (const entry of Array.isArray(list) ? list : []) {
    const { id, became, successors, feature_name: name } = entry as Record<string, unknown>;
    if (typeof id !== 'number' || typeof became !== 'string' || !KINDS.has(became)) continue;
    const later = (Array.isArray(successors) ? successors : []).filter((one): one is string => typeof one === 'string');
    fates.set(id, { became: became as Became, successors: later, name: typeof name === 'string' ? name : '' });
  }
  return fates;
}
