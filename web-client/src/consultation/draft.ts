/** The comment being written: survives a reload, until it is sent. */
import { isSeen, isVector } from './outbox';
import type { CommentPin } from './pin';

export interface Draft {
  readonly text: string;
  readonly pin: CommentPin;
}

export const LONGEST_TEXT = 1000;

export function draftAsText(draft: Draft): string {
  return draft.text.trim() === '' ? '' : JSON.stringify(draft);
}

/** `undefined` where nothing was kept, or something else. */
export function readDraft(kept: string | undefined): Draft | undefined {
  if (kept === undefined) return undefined;
  try {
    const draft = JSON.parse(kept) as Draft;
    const { text, pin } = draft;
    const { feature, place, position, eye, orientation, ...seen } = pin;
    const words = [text, feature, place].every((value) => typeof value === 'string');
    return words && isVector(position, 3) && isVector(eye, 3) && isVector(orientation, 4) && isSeen(seen) ? draft : undefined;
  } catch {
    return undefined;
  }
}

/** Characters as the server counts them. */
export function textLength(text: string): number {
  return [...text.normalize('NFC').trim()].length;
}
