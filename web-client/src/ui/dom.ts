/** Makes an element: tag, class, text. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = '',
  text = '',
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** Writes only what differs: a screen reader, a selection and the layout notice every change. */
export function write(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

export function button(label: string, className: string, press: () => void): HTMLButtonElement {
  const made = element('button', className, label);
  made.type = 'button';
  made.addEventListener('click', press);
  return made;
}

/** Labels and what they are. */
export function factList(rows: readonly (readonly [string, string])[]): HTMLElement {
  const list = element('dl', 'facts');
  for (const [label, value] of rows) list.append(element('dt', '', label), element('dd', '', value));
  return list;
}
