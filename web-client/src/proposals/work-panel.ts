/** The panel while a file is sent, read or published: what is done, how far it is, and a way to stop. */
import { button, element, write } from '../ui/dom';
import { proposalStrings as words } from '../ui/proposal-strings';

export interface WorkPanel {
  readonly content: readonly Node[];
  /** @param share from 0 to 1, undefined where nobody knows. */
  update(stage: string, share: number | undefined): void;
}

export function createWorkPanel(cancel: () => void): WorkPanel {
  const stage = element('p', 'stage');
  const bar = element('progress', 'work');
  bar.max = 1;
  bar.setAttribute('aria-label', words.title);
  const percent = element('p', 'quiet');
  const actions = element('div', 'actions');
  actions.append(button(words.cancel, 'tool', cancel));
  return {
    content: [stage, bar, percent, actions],
    update(text, share) {
      write(stage, text);
      // Without a value it says that nobody knows.
      if (share === undefined) bar.removeAttribute('value');
      else bar.value = share;
      write(percent, share === undefined ? '' : words.percent(share));
    },
  };
}
