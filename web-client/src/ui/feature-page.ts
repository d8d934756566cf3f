/** What the panel tells about a feature. Loaded when somebody first asks. */
import type { Feature } from '../pick/feature';
import { element, factList } from './dom';
import { elementKind, isElement } from './element-facts';
import { elementPage, elementRows } from './element-page';
import { factsOf, headline, kind, type Row } from './facts';
import { strings } from './strings';

export interface FeaturePage {
  readonly title: string;
  readonly content: readonly Node[];
}

/** @param actions stand below the facts. */
export function featurePage(feature: Feature, parent: Feature | undefined, actions: readonly Node[]): FeaturePage {
  if (isElement(feature)) return elementPage(feature, parent, actions);
  const title = headline(feature, parent);
  const address = feature.address || parent?.address || '';
  const own = factsOf(feature);
  const whole = parent && factsOf(parent);
  const content: Node[] = [
    factList([
      ...row(strings.realityLabel, strings.reality(feature.reality)),
      ...row(strings.className, kind(feature)),
      ...row(strings.address, address === title ? '' : address),
      ...own.main,
    ]),
  ];
  if (whole && whole.main.length > 0) content.push(element('h3', '', strings.wholeBuilding), factList(whole.main));
  const more = [...own.more, ...(whole?.more ?? []).filter((row) => !own.more.some(([label, value]) => label === row[0] && value === row[1])), ...row(strings.partOf, parent?.id), ...row(strings.id, feature.id)];
  content.push(...actions, folded(strings.allDetails, factList(more), own.main.length === 0));
  return { title, content };
}

/** The same in few lines, for a board: what it is, and what people ask first. */
export function glance(feature: Feature, most: number): string[] {
  const rows = isElement(feature) ? elementRows(feature, undefined) : factsOf(feature).main;
  const title = isElement(feature) ? elementKind(feature) : headline(feature, undefined);
  return [title, ...rows.map(([label, value]) => `${label}: ${value}`)].slice(0, most);
}

function row(label: string, value: string | undefined): Row[] {
  return value ? [[label, value]] : [];
}

function folded(title: string, content: Node, open: boolean): HTMLElement {
  const details = element('details');
  details.open = open;
  details.append(element('summary', '', title), content);
  return details;
}
