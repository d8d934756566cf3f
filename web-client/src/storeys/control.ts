/** The choice of a storey: its name, one up, one down, and where one is. */
import type { Building, Storey } from '../protocol/buildings';
import { button, element, write } from '../ui/dom';
import '../ui/storeys.css';
import { storeyStrings as strings } from '../ui/storey-strings';

export interface StoreyActions {
  /** To the storey with this index, 0 for the lowest. */
  readonly go: (storey: number) => void;
  /** Up (1) or down (−1). */
  readonly change: (direction: 1 | -1) => void;
  /** Gives the keyboard back to the city. */
  readonly toCity: () => void;
}

export interface Shown {
  readonly building: Building;
  /** The one that one is in, or level with. */
  readonly storey: Storey | undefined;
  readonly isInside: boolean;
  readonly where: string;
}

export interface StoreyControl {
  /** Hidden where there is no building. */
  show(shown: Shown | undefined): void;
}

export function createStoreyControl(place: HTMLElement, { go, change, toCity }: StoreyActions): StoreyControl {
  const root = element('fieldset', 'choice storey-control');
  root.hidden = true;
  const where = element('p', 'storey-where');
  const list = element('select');
  list.setAttribute('aria-label', strings.storey);
  list.addEventListener('change', () => go(Number(list.value)));
  const up = button('↑', 'tool', () => change(1));
  const down = button('↓', 'tool', () => change(-1));
  for (const [control, label] of [[up, strings.up], [down, strings.down]] as const) {
    control.setAttribute('aria-label', label);
    control.title = label;
    // Who presses with mouse or finger walks on by keyboard; who presses by keyboard stays.
    control.addEventListener('click', ({ detail }) => detail > 0 && toCity());
  }
  root.append(where, list, up, down);
  root.addEventListener('keydown', (event) => {
    // The arrows move the choice, not the walker.
    if (event.key !== 'Escape') event.stopPropagation();
  });
  place.append(root);
  let listed: Building | undefined;

  return {
    show(shown) {
      root.hidden = shown === undefined;
      if (!shown) return;
      const { building, storey } = shown;
      if (building !== listed) {
        listed = building;
        root.setAttribute('aria-label', strings.group(building.name));
        const outside = element('option', '', strings.goInside);
        outside.value = '';
        outside.disabled = true;
        list.replaceChildren(outside, ...building.storeys.map(({ name }, i) => option(strings.named(name, i + 1), i)).reverse());
      }
      const at = storey ? building.storeys.indexOf(storey) : -1;
      // Who is outside can choose the storey that she is level with, too.
      list.value = shown.isInside ? String(at) : '';
      up.setAttribute('aria-disabled', String(at + 1 >= building.storeys.length));
      down.setAttribute('aria-disabled', String(at <= 0));
      write(where, shown.where);
    },
  };
}

function option(text: string, value: number): HTMLOptionElement {
  const made = element('option', '', text);
  made.value = String(value);
  return made;
}
