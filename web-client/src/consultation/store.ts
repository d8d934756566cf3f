/** The comments of this city as they come; a newer one replaces the one of the same number. */
import type { Comment } from '../protocol/messages';

export interface CommentStore {
  /** @returns those that weren't known. */
  take(comments: readonly Comment[]): readonly Comment[];
  get(id: number): Comment | undefined;
  /** Newest first; without the hidden ones where their text isn't for us. */
  all(): readonly Comment[];
}

/** Of a long discussion the newest are kept; all are in the plain list. */
const MOST = 1000;

export function createCommentStore(): CommentStore {
  const comments = new Map<number, Comment>();
  return {
    take(list) {
      const fresh = list.filter(({ id }) => !comments.has(id));
      for (const comment of list) comments.set(comment.id, comment);
      for (const id of comments.keys()) {
        if (comments.size <= MOST) break;
        comments.delete(id);
      }
      return fresh;
    },
    get: (id) => comments.get(id),
    all: () =>
      [...comments.values()].filter(({ hidden, text }) => !hidden || text !== '').sort((a, b) => b.time - a.time || b.id - a.id),
  };
}
