/** The panel of comments: write one, see yours on the way, read what people said. */
import type { Comment } from '../protocol/messages';
import { button, element, write as writeText } from '../ui/dom';
import { createKeyedList, type Row } from '../ui/keyed-list';
import { commentsLink } from '../ui/pages';
import type { Panel } from '../ui/panel';
import { companyStrings } from '../ui/company-strings';
import type { CommentForm } from './comment-form';
import { createCommentRow, type RowActions } from './comment-rows';
import type { Letter } from './outbox';

export interface CommentPanelOptions extends RowActions {
  readonly panel: Panel;
  readonly scene: string;
  readonly form: CommentForm;
  readonly comments: () => readonly Comment[];
  readonly letters: () => readonly Letter[];
  readonly again: (key: string) => void;
  /** Takes a refused comment back into the form. */
  readonly edit: (key: string) => void;
  readonly discard: (key: string) => void;
  /** Metres from the eye. */
  readonly distance: (comment: Comment) => number;
  readonly closed: () => void;
}

export interface CommentPanel {
  /** The form, and below it what people said. */
  write(): void;
  /** One comment. */
  read(id: number): void;
  /** Renews what is shown. */
  update(): void;
  /** Under the form: how the latest comment fared. */
  say(text: string): void;
  readonly isOpen: boolean;
}

/** The rest is in the plain list. */
const MOST_SHOWN = 200;

type Order = 'newest' | 'nearest';

export function createCommentPanel(options: CommentPanelOptions): CommentPanel {
  const { panel, form, comments } = options;
  const words = companyStrings.comments;
  let shown: 'nothing' | 'all' | number = 'nothing';
  let order: Order = 'newest';
  const list = createKeyedList<Comment>(element('ul', 'rows'), ({ id }) => id, (comment) => createCommentRow(comment, options));
  const outgoing = createKeyedList<Letter>(element('ul', 'rows'), ({ comment }) => comment.key, createLetterRow);
  const fate = element('p', 'fate');
  fate.setAttribute('role', 'status');
  const none = element('p', 'quiet', words.none);
  const heading = element('h3', '', words.all);
  const orderField = createOrderField();

  function createOrderField(): HTMLElement {
    const made = element('div', 'line');
    const label = element('label', '', words.order);
    const select = element('select');
    select.id = 'comment-order';
    label.htmlFor = select.id;
    for (const [value, text] of [['newest', words.newest], ['nearest', words.nearest]] as const) {
      const option = element('option', '', text);
      option.value = value;
      select.append(option);
    }
    select.addEventListener('change', () => {
      order = select.value === 'nearest' ? 'nearest' : 'newest';
      update();
    });
    made.append(label, select);
    return made;
  }

  function createLetterRow({ comment: { key, text } }: Letter): Row<Letter> {
    const root = element('li', 'said');
    const state = element('p', 'quiet');
    const actions = element('div', 'actions');
    actions.append(
      button(words.again, 'tool', () => options.again(key)),
      button(words.edit, 'tool', () => options.edit(key)),
      button(words.discard, 'tool', () => options.discard(key)),
    );
    root.append(element('p', 'text', text), state, actions);
    return {
      root,
      update({ delivery }) {
        const refused = delivery.kind === 'refused';
        writeText(state, refused ? words.refused(delivery.why) : delivery.kind === 'sending' ? words.sending : words.waiting);
        state.classList.toggle('warning', refused);
        actions.hidden = !refused;
      },
    };
  }

  function sorted(all: readonly Comment[]): readonly Comment[] {
    return order === 'nearest' ? [...all].sort((a, b) => options.distance(a) - options.distance(b)) : all;
  }

  function update(): void {
    if (shown === 'nothing') return;
    outgoing.show(shown === 'all' ? options.letters() : []);
    const all = comments();
    const wanted = shown === 'all' ? sorted(all).slice(0, MOST_SHOWN) : all.filter(({ id }) => id === shown);
    list.show(wanted);
    writeText(none, shown === 'all' ? words.none : words.gone);
    none.hidden = wanted.length > 0;
  }

  function open(what: 'all' | number, content: readonly Node[], focus?: HTMLElement): void {
    panel.show({
      title: what === 'all' ? words.title : words.one,
      content,
      focus,
      gone() {
        shown = 'nothing';
        options.closed();
      },
    });
    shown = what;
    update();
  }

  function write(): void {
    // On a touch screen the keyboard would cover what people said.
    const focus = matchMedia('(pointer: coarse)').matches ? undefined : form.field;
    fate.textContent = '';
    const link = commentsLink(options.scene);
    link.target = '_blank';
    open('all', [form.root, fate, outgoing.root, heading, orderField, list.root, none, link], focus);
  }

  return {
    write,
    read(id) {
      open(id, [list.root, none, button(words.every, 'tool', write)]);
    },
    update,
    say(text) {
      fate.textContent = text;
    },
    get isOpen() {
      return shown !== 'nothing';
    },
  };
}
