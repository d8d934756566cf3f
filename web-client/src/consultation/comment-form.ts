/** Where a comment is written: what it is about, the text, and how much of it there may be. */
import { button, element } from '../ui/dom';
import { companyStrings } from '../ui/company-strings';
import { LONGEST_TEXT, textLength, type Draft } from './draft';
import type { CommentPin } from './pin';

export interface CommentFormOptions {
  /** The text or the place changed. */
  readonly changed: (draft: Draft) => void;
  readonly send: (draft: Draft) => void;
  /** What is in the middle of the picture now. */
  readonly pinAnew: () => void;
}

export interface CommentForm {
  readonly root: HTMLElement;
  readonly field: HTMLTextAreaElement;
  draft: Draft | undefined;
  pin(pin: CommentPin): void;
}

export function createCommentForm({ changed, send, pinAnew }: CommentFormOptions): CommentForm {
  const words = companyStrings.comments;
  let pin: CommentPin | undefined;
  const root = element('form', 'field');
  const place = element('p', 'place');
  const label = element('label', '', words.text);
  const field = element('textarea');
  field.id = 'comment-text';
  field.rows = 3;
  label.htmlFor = field.id;
  const counter = element('span', 'quiet');
  counter.id = 'comment-counter';
  field.setAttribute('aria-describedby', counter.id);
  const submit = element('button', 'tool primary', words.send);
  const line = element('div', 'line');
  line.append(counter, submit);
  root.append(place, button(words.pinAnew, 'inline', pinAnew), label, field, line);

  function count(): void {
    const length = textLength(field.value);
    counter.textContent = words.counter(length, LONGEST_TEXT);
    counter.classList.toggle('warning', length > LONGEST_TEXT);
    submit.disabled = length === 0 || length > LONGEST_TEXT;
  }

  function draft(): Draft | undefined {
    return pin && { text: field.value, pin };
  }

  function tell(): void {
    count();
    const now = draft();
    if (now) changed(now);
  }

  field.addEventListener('input', tell);
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) root.requestSubmit(submit);
  });
  root.addEventListener('submit', (event) => {
    event.preventDefault();
    const now = draft();
    if (!now || submit.disabled) return;
    send({ text: now.text.normalize('NFC').trim(), pin: now.pin });
  });
  count();

  return {
    root,
    field,
    get draft() {
      return draft();
    },
    set draft(next) {
      pin = next?.pin;
      field.value = next?.text ?? '';
      place.textContent = pin ? words.pinned(pin.place) : '';
      count();
    },
    pin(next) {
      pin = next;
      place.textContent = words.pinned(next.place);
      tell();
    },
  };
}
