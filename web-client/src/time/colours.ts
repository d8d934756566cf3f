/** The colours that a chart is drawn in. */

/** Each as `#rrggbb`. */
export interface Colours {
  readonly ink: string;
  readonly quiet: string;
  readonly line: string;
  readonly accent: string;
  readonly warn: string;
  readonly paper: string;
}

/** Those that the page has where this element stands (ui/base.css). */
export function coloursOf(place: Element): Colours {
  const style = getComputedStyle(place);
  const of = (name: keyof Colours): string => style.getPropertyValue(`--${name}`).trim();
  return { ink: of('ink'), quiet: of('quiet'), line: of('line'), accent: of('accent'), warn: of('warn'), paper: of('paper') };
}
