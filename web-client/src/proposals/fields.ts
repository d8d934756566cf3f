/** Fields of a form: with a label, and true to what they show unless somebody is typing there. */
import { element } from '../ui/dom';

export interface NumberField {
  readonly root: HTMLElement;
  show(value: number): void;
}

export interface NumberFieldOptions {
  readonly label: string;
  readonly step: number;
  readonly least?: number;
  readonly most?: number;
  readonly changed: (value: number) => void;
}

let numbered = 0;

export function numberField({ label, step, least, most, changed }: NumberFieldOptions): NumberField {
  const input = element('input');
  input.type = 'number';
  input.step = String(step);
  if (least !== undefined) input.min = String(least);
  if (most !== undefined) input.max = String(most);
  input.addEventListener('change', () => {
    if (Number.isFinite(input.valueAsNumber)) changed(Math.max(least ?? -Infinity, Math.min(most ?? Infinity, input.valueAsNumber)));
  });
  return {
    root: labelled(label, input),
    show(value) {
      const digits = Math.max(0, Math.ceil(-Math.log10(step)));
      if (document.activeElement !== input || input.valueAsNumber !== value) input.value = value.toFixed(digits);
    },
  };
}

export function slider(label: string, most: number, changed: (value: number) => void): NumberField {
  const input = element('input');
  input.type = 'range';
  input.max = String(most);
  input.addEventListener('input', () => changed(input.valueAsNumber));
  return {
    root: labelled(label, input),
    show(value) {
      input.value = String(Math.round(value));
    },
  };
}

export interface TextField {
  readonly root: HTMLElement;
  readonly input: HTMLInputElement | HTMLTextAreaElement;
}

export function textField(label: string, longest: number, isLong: boolean): TextField {
  const input = isLong ? element('textarea') : element('input');
  input.maxLength = longest;
  if (input instanceof HTMLTextAreaElement) input.rows = 2;
  return { root: labelled(label, input), input };
}

function labelled(text: string, input: HTMLElement): HTMLElement {
  numbered += 1;
  input.id = `proposal-field-${numbered}`;
  const label = element('label', '', text);
  label.htmlFor = input.id;
  const root = element('div', 'field');
  root.append(label, input);
  return root;
}

/** Who types in it, moves neither the walker nor the building. */
export function keepKeys(root: HTMLElement): void {
  root.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') event.stopPropagation();
  });
}
