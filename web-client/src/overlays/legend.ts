/** What colours and sizes mean: small, in words, for the layers that are seen. */
import { element } from '../ui/dom';
import { liveStrings } from '../ui/live-strings';
import type { Layer } from './layers';
import { cssGradient, cssOf } from './palette';
import { stepColour, type Scale } from './scale';

export interface Legend {
  readonly root: HTMLElement;
  show(layers: readonly Layer[]): void;
}

/** More would hide the city. */
const MOST = 4;

export function createLegend(): Legend {
  const root = element('details', 'live-legend');
  root.open = matchMedia('(min-width: 1100px) and (min-height: 640px)').matches;
  root.append(element('summary', '', liveStrings.legend));
  const list = element('ul');
  root.append(list);
  root.hidden = true;
  let shown = '';

  return {
    root,
    show(layers) {
      const told = layersTold(layers).slice(0, MOST);
      const key = told.map(({ name, title }) => `${name} ${title}`).join('\n');
      if (key === shown) return;
      shown = key;
      const { titles, note } = titlesOf(told);
      const notes = [element('li', 'live-striped', liveStrings.striped), ...(note ? [element('li', 'live-note', note)] : [])];
      list.replaceChildren(...told.map((layer, i) => itemOf(layer, titles[i])), ...notes);
      root.hidden = told.length === 0;
    },
  };
}

/** Those that are on, have colours and have said something. */
export function layersTold(layers: readonly Layer[]): readonly Layer[] {
  return layers.filter(({ on, style, sensors }) => on && style.scale && sensors.some(({ reading }) => reading));
}

function itemOf({ style, unit }: Layer, title: string): HTMLElement {
  const item = element('li');
  const look = liveStrings.looks[style.look];
  item.append(element('span', 'live-title', title), ' ', element('span', 'live-look', look), scaleOf(style.scale!, unit));
  return item;
}

/** Their names; where all of them, and the others, are simulated, a note says so once instead of each name. */
export function titlesOf(layers: readonly Layer[], others: readonly string[] = []): { readonly titles: readonly string[]; readonly note: string } {
  const isSimulated = [...layers.flatMap(({ realities }) => realities), ...others].every((reality) => reality === 'simulated');
  return isSimulated ? { titles: layers.map(({ title }) => title), note: liveStrings.simulated } : { titles: layers.map(titleOf), note: '' };
}

/** Its name; what isn't measured says so. */
export function titleOf({ title, realities }: Layer): string {
  const others = realities.map(liveStrings.reality).filter(Boolean);
  return others.length > 0 ? `${title} (${others.join(', ')})` : title;
}

/** Its words, each with its colour, from the least on; or its shades with both ends. */
export function scaleOf(scale: Scale, unit: string): HTMLElement {
  if (scale.steps.length === 0) {
    const shades = element('span', 'live-shades');
    const image = element('span', 'live-image');
    image.style.background = cssGradient(scale.palette);
    shades.setAttribute('role', 'img');
    shades.setAttribute('aria-label', liveStrings.scale(scale.low, scale.high, unit));
    shades.append(element('span', '', liveStrings.scaleEnd(scale.low, '')), image, element('span', '', liveStrings.scaleEnd(scale.high, unit)));
    return shades;
  }
  const words = element('ul', 'live-words');
  for (const [i, { from, words: called }] of scale.steps.entries()) {
    const item = element('li');
    const swatch = element('span', 'live-swatch');
    swatch.setAttribute('aria-hidden', 'true');
    swatch.style.background = cssOf(stepColour(scale, i));
    item.append(swatch, called);
    item.title = liveStrings.from(from, unit);
    words.append(item);
  }
  return words;
}
