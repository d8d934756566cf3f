/** One comment as a row: who, when, where, what, and what you can do about it. */
import type { Comment, Role } from '../protocol/messages';
import { button, element, write } from '../ui/dom';
import type { Row } from '../ui/keyed-list';
import { companyStrings } from '../ui/company-strings';
import { formatExact, strings } from '../ui/strings';
import type { Fate } from './fates';

export interface RowActions {
  /** Where its place is, in words. */
  readonly where: (comment: Comment) => string;
  /** What became of the feature it is about; undefined where that is still there. */
  readonly fate: (comment: Comment) => Fate | undefined;
  /** The title of the variant it is about; "" for the city as it is. */
  readonly inVariant: (comment: Comment) => string;
  readonly goThere: (comment: Comment) => void;
  /** Whether its viewpoint is in the city. */
  readonly canGo: (comment: Comment) => boolean;
  readonly hide: (comment: Comment, hidden: boolean, reason: string) => void;
  readonly role: () => Role;
  readonly serverNow: () => number;
}

const LONGEST_REASON = 200;

export function createCommentRow(first: Comment, actions: RowActions): Row<Comment> {
  const words = companyStrings.comments;
  let comment = first;
  const root = element('li', 'said');
  const name = element('strong', '', first.name);
  const badge = element('span', 'badge', strings.role('host'));
  const time = element('time', 'quiet');
  const place = element('p', 'quiet');
  const text = element('p', 'text');
  const fate = element('p', 'quiet became');
  const state = element('p', 'warning');
  const buttons = element('div', 'actions');
  const go = button(words.goThere, 'tool', () => actions.goThere(comment));
  const hiding = createHiding(first.id, (reason) => actions.hide(comment, !comment.hidden, reason));
  buttons.append(go);
  root.append(name, ' ', badge, ' ', time, text, state, fate, place, buttons, hiding.root);

  return {
    root,
    update(next) {
      comment = next;
      const age = Math.max(0, (actions.serverNow() - next.time) / 1e6);
      badge.hidden = next.role !== 'host';
      write(time, strings.ago(age));
      time.dateTime = new Date(next.time / 1000).toISOString();
      time.title = formatExact(next.time);
      const variant = actions.inVariant(next);
      write(place, variant ? words.inVariant(actions.where(next), variant) : actions.where(next));
      const what = actions.fate(next);
      write(fate, what ? words.became(what) : '');
      fate.hidden = what === undefined;
      write(text, next.text);
      write(state, next.hidden ? words.hidden : '');
      state.hidden = !next.hidden;
      go.hidden = !actions.canGo(next);
      go.setAttribute('aria-label', `${words.goThere}: ${next.name}, ${next.text.slice(0, 40)}`);
      hiding.root.hidden = actions.role() !== 'host';
      hiding.update(next.hidden);
    },
  };
}

/** A host's form: why, and the button. Folded, so that it takes a second press. */
function createHiding(id: number, submit: (reason: string) => void): { readonly root: HTMLElement; update(hidden: boolean): void } {
  const words = companyStrings.comments;
  const root = element('details');
  const summary = element('summary');
  const form = element('form', 'field');
  const reason = element('input');
  reason.id = `reason-${id}`;
  reason.maxLength = LONGEST_REASON;
  const label = element('label', '', words.reason);
  label.htmlFor = reason.id;
  const press = element('button', 'tool');
  const line = element('div', 'line');
  line.append(reason, press);
  form.append(label, line);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit(reason.value.trim());
    reason.value = '';
    root.open = false;
    summary.focus();
  });
  root.append(summary, form);
  return {
    root,
    update(hidden) {
      write(summary, hidden ? words.show : words.hide);
      write(press, hidden ? words.show : words.hide);
    },
  };
}
