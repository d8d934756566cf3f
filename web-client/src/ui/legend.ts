/** What the marks in the picture say. */
import { element } from './dom';
import { variantStrings } from './variant-strings';

export interface Legend {
  /** @param realities of what bears a mark in the picture now. */
  show(realities: readonly string[]): void;
}

/** @param parent where it goes. */
export function createLegend(parent: HTMLElement): Legend {
  const list = element('ul', 'legend');
  list.hidden = true;
  parent.append(list);
  return {
    show(realities) {
      const marks = [...variantStrings.marks].filter(([reality]) => realities.includes(reality));
      list.replaceChildren(
        ...marks.map(([reality, words]) => {
          const item = element('li', '', words);
          const swatch = element('span', `swatch ${reality}`);
          swatch.setAttribute('aria-hidden', 'true');
          item.prepend(swatch);
          return item;
        }),
      );
      list.hidden = marks.length === 0;
    },
  };
}
