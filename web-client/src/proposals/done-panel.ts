/** The panel when a proposal has been published: the way to it, and what became of the comments. */
import type { Comment } from '../protocol/messages';
import { button, element } from '../ui/dom';
import { proposalStrings as words } from '../ui/proposal-strings';
import type { Proposal, Revision } from './proposal';

export interface DoneActions {
  readonly visit: () => void;
  readonly all: () => void;
  readonly comment: (id: number) => Comment | undefined;
  readonly goTo: (comment: Comment) => void;
}

export function doneContent({ title, revision }: Proposal, actions: DoneActions): Node[] {
  const row = element('div', 'actions');
  row.append(button(words.walkThere, 'tool primary', actions.visit), button(words.back, 'tool', actions.all));
  return [element('p', '', words.published(title)), row, ...(revision ? fates(revision, actions) : [])];
}

function fates({ same, renamed, fresh, gone, commentsKept, orphans }: Revision, actions: DoneActions): Node[] {
  const said = words.revision;
  const kept = [element('h3', '', said.title), element('p', '', said.kept(commentsKept)), element('p', '', orphans.length === 0 ? said.noOrphans : said.orphans(orphans.length))];
  const list = element('ul', 'rows');
  list.append(
    ...orphans.map((id) => {
      const comment = actions.comment(id);
      const item = element('li');
      item.append(element('p', 'text', comment ? `${comment.name}: ${comment.text}` : said.orphan(id)));
      if (comment) item.append(button(words.lookAtIt, 'tool', () => actions.goTo(comment)));
      return item;
    }),
  );
  return [...kept, list, element('p', 'quiet', said.elements(same, renamed, fresh, gone))];
}
