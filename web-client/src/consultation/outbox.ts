/**
 * Comments on their way to the server's disk. Each has a key of its own, stays until the server
 * says that it is stored, and goes out again with the same key after a lost line or a reload.
 */
import type { CommentMessage } from '../protocol/messages';

export type Outgoing = Omit<CommentMessage, 't'>;

export type Delivery =
  | { readonly kind: 'sending' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'refused'; readonly why: string };

export interface Letter {
  readonly comment: Outgoing;
  readonly delivery: Delivery;
}

export interface OutboxOptions {
  /** Returns whether the line was open. */
  readonly send: (message: CommentMessage) => boolean;
  /** What a former page of this tab kept, or undefined. */
  readonly kept: string | undefined;
  readonly keep: (text: string) => void;
  readonly changed: () => void;
}

export interface Outbox {
  post(comment: Outgoing): void;
  /** Sends one again that was refused. */
  again(key: string): void;
  /** Takes one out that was refused. */
  withdraw(key: string): Outgoing | undefined;
  /** The line is open: everything that has no answer goes out again. */
  opened(): void;
  /** The line is lost. */
  lost(): void;
  /** @returns whether it was one of ours. */
  stored(key: string): boolean;
  refused(key: string, why: string): boolean;
  letters(): readonly Letter[];
}

const MOST_KEPT = 20;

export function createOutbox({ send, kept, keep, changed }: OutboxOptions): Outbox {
  const letters = new Map<string, Letter>(readKept(kept).map((comment) => [comment.key, { comment, delivery: { kind: 'waiting' } }]));

  function become(comment: Outgoing, delivery: Delivery): void {
    letters.set(comment.key, { comment, delivery });
    save();
  }

  function save(): void {
    const comments = [...letters.values()].map(({ comment }) => comment).slice(-MOST_KEPT);
    keep(comments.length > 0 ? JSON.stringify(comments) : '');
    changed();
  }

  function deliver(comment: Outgoing): void {
    become(comment, { kind: send({ t: 'comment', ...comment }) ? 'sending' : 'waiting' });
  }

  function remove(key: string): Letter | undefined {
    const letter = letters.get(key);
    if (letters.delete(key)) save();
    return letter;
  }

  return {
    post: deliver,
    again(key) {
      const letter = letters.get(key);
      if (letter) deliver(letter.comment);
    },
    withdraw: (key) => (letters.get(key)?.delivery.kind === 'refused' ? remove(key)?.comment : undefined),
    opened() {
      for (const { comment, delivery } of [...letters.values()]) if (delivery.kind !== 'refused') deliver(comment);
    },
    lost() {
      for (const { comment, delivery } of [...letters.values()]) if (delivery.kind === 'sending') become(comment, { kind: 'waiting' });
    },
    stored: (key) => remove(key) !== undefined,
    refused(key, why) {
      const letter = letters.get(key);
      if (letter) become(letter.comment, { kind: 'refused', why });
      return letter !== undefined;
    },
    letters: () => [...letters.values()],
  };
}

/** What this tab kept was written by us, but anyone may have changed it since. */
function readKept(text: string | undefined): Outgoing[] {
  try {
    const list: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(list) ? list.filter(isOutgoing).slice(-MOST_KEPT) : [];
  } catch {
    return [];
  }
}

function isOutgoing(value: unknown): value is Outgoing {
  const { key, text, feature, position, eye, orientation, ...seen } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return (
    typeof key === 'string' &&
    typeof text === 'string' &&
    (feature === undefined || typeof feature === 'string') &&
    isVector(position, 3) &&
    isVector(eye, 3) &&
    isVector(orientation, 4) &&
    isSeen(seen)
  );
}

export function isSeen({ variant, fov, planes }: Readonly<Record<string, unknown>>): boolean {
  return (
    (variant === undefined || typeof variant === 'string') &&
    (fov === undefined || Number.isFinite(fov)) &&
    (planes === undefined || (Array.isArray(planes) && planes.every((plane) => isVector(plane, 6))))
  );
}

export function isVector(value: unknown, length: number): boolean {
  return Array.isArray(value) && value.length === length && value.every((item) => Number.isFinite(item));
}

/** 128 bits by chance; `crypto.randomUUID` is only there on secure pages. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
