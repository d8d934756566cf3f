/** The switch between the scene as it is and its variants. Not there where a scene has none. */
import { AS_IT_IS } from '../variants/variants';
import type { Variant } from '../protocol/messages';
import { element } from './dom';
import { strings } from './strings';
import { variantStrings } from './variant-strings';

/** What the control shows and moves. */
export interface ShownVariants {
  choose(name: string): boolean;
  readonly all: readonly Variant[];
  readonly current: string;
}

export interface VariantControl {
  /** Other variants, or another one is looked at. */
  update(): void;
  /** Puts something beside what is said of the variant. */
  also(...parts: readonly HTMLElement[]): void;
}

/** @param parent where the switch goes; @param changesPage what each variant changes, in words. */
export function createVariantControl(parent: HTMLElement, variants: ShownVariants, changesPage: string): VariantControl {
  const group = element('fieldset', 'choice variants');
  group.hidden = true;
  const said = element('p', 'variant-said');
  const more = element('a', 'variant-more', variantStrings.changes);
  more.href = changesPage;
  more.target = '_blank';
  const foot = element('p', 'variant-foot');
  foot.append(more);
  parent.append(group);
  let listed = '';

  function option(name: string, title: string): HTMLElement {
    const label = element('label', 'variant');
    const input = element('input');
    input.type = 'radio';
    input.name = 'variant';
    input.value = name;
    input.addEventListener('change', () => variants.choose(name));
    label.append(input, element('span', '', title));
    return label;
  }

  group.addEventListener('keydown', (event) => {
    // The arrows move the switch, not the walker.
    if (event.key !== 'Escape') event.stopPropagation();
  });

  return {
    also: (...parts) => foot.prepend(...parts),
    update() {
      const key = JSON.stringify(variants.all);
      if (key !== listed) {
        listed = key;
        const options = [option(AS_IT_IS, strings.variants.asItIs), ...variants.all.map(({ name, title }) => option(name, title))];
        group.replaceChildren(element('legend', 'spoken', strings.variants.legend), ...options, said, foot);
        group.hidden = variants.all.length === 0;
      }
      for (const input of group.querySelectorAll('input')) input.checked = input.value === variants.current;
      said.textContent = variants.all.find(({ name }) => name === variants.current)?.description ?? '';
      said.hidden = said.textContent === '';
    },
  };
}
