/** What stands where the proposal stands: ticked, it makes room. */
import { element } from '../ui/dom';
import { proposalStrings as words } from '../ui/proposal-strings';
import type { Collision } from './proposal';

export interface Room {
  readonly root: HTMLElement;
  show(collides: readonly Collision[]): void;
  /** Identities. */
  readonly ticked: readonly string[];
}

/** Of what is barely touched nobody would expect that it goes. */
const TOUCHED_ONLY = 0.03;

/** @param before what made room until now. */
export function createRoom(before: readonly string[]): Room {
  /** What somebody has said of each; the rest goes by how much of it is covered. */
  const choices = new Map<string, boolean>(before.map((feature) => [feature, true]));
  const root = element('fieldset', 'room');
  let listed = '';
  let shown: readonly Collision[] = [];

  const isTicked = ({ feature, share }: Collision): boolean => choices.get(feature) ?? share > TOUCHED_ONLY;

  function option(collision: Collision): HTMLElement {
    const { feature, name, share } = collision;
    const label = element('label', 'switch');
    const box = element('input');
    box.type = 'checkbox';
    box.checked = isTicked(collision);
    box.addEventListener('change', () => choices.set(feature, box.checked));
    const text = element('span');
    text.append(element('strong', '', name || feature), ' ', element('span', 'quiet', words.share(share)));
    label.append(box, text);
    return label;
  }

  return {
    root,
    show(collides) {
      const key = JSON.stringify(collides);
      if (key === listed) return;
      listed = key;
      shown = collides;
      const inside = collides.length > 0 ? [element('p', 'quiet', words.roomNote), ...collides.map(option)] : [element('p', 'quiet', words.noRoom)];
      root.replaceChildren(element('legend', '', words.room), ...inside);
    },
    get ticked() {
      return shown.filter(isTicked).map(({ feature }) => feature);
    },
  };
}
