/** The choice of a storey: its name, one up, one down, and where one is. */
import type { Building, Storey } from '../protocol/buildings';
import { button, element, write } from '../ui/dom';
import '../ui/storeys.css';
import { storeyStrings as strings } from '../ui/storey-strings';

export interface StoreyControl {
  /** Hidden where there is no building. */
  show(building: Building | undefined, storey: Storey | undefined, where: string): void;
}

/** @param go to the storey with this index, 0 for the lowest. */
export function createStoreyControl(place: HTMLElement, go: (storey: number) => void): StoreyControl {
  const root = element('fieldset', 'storey-control');
  root.hidden = true;
  const where = element('p', 'storey-where');
  const list = element('select');
  list.setAttribute('aria-label', strings.storey);
  list.addEventListener('change', () => go(Number(list.value)));
  let at = -1;
  const up = button('↑', 'tool', () => go(at + 1));
  const down = button('↓', 'tool', () => go(at - 1));
  for (const [control, label] of [[up, strings.up], [down, strings.down]] as const) {
    control.setAttribute('aria-label', label);
    control.title = label;
  }
  root.append(where, list, up, down);
  root.addEventListener('keydown', (event) => {
    // The arrows move the choice, not the walker.
    if (event.key !== 'Escape') event.stopPropagation();
  });
  place.append(root);
  let listed: Building | undefined;

  return {
    show(building, storey, text) {
      root.hidden = building === undefined;
      if (!building) return;
      if (building !== listed) {
        listed = building;
        root.setAttribute('aria-label', strings.group(building.name));
        list.replaceChildren(...building.storeys.map(({ name }, i) => option(strings.named(name, i + 1), i)).reverse());
      }
      at = storey ? building.storeys.indexOf(storey) : -1;
      list.value = String(at);
      up.setAttribute('aria-disabled', String(at + 1 >= building.storeys.length));
      down.setAttribute('aria-disabled', String(at <= 0));
      write(where, text);
    },
  };
}

function option(text: string, value: number): HTMLOptionElement {
  const made = element('option', '', text);
  made.value = String(value);
  return made;
}
