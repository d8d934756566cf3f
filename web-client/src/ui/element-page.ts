/** What the panel tells about a part of a detailed building. */
import type { Feature } from '../pick/feature';
import { element, factList } from './dom';
import { elementKind, plainFacts, propertySets, storeyOf } from './element-facts';
import { elementStrings as words } from './element-strings';
import type { Row } from './facts';
import type { FeaturePage } from './feature-page';
import { strings } from './strings';

/** @param parent what it is in; @param actions stand below the facts. */
export function elementPage(feature: Feature, parent: Feature | undefined, actions: readonly Node[]): FeaturePage {
  const content: Node[] = [factList(elementRows(feature, parent)), ...actions];
  const details = element('details');
  details.append(element('summary', '', strings.allDetails));
  for (const { name, rows } of propertySets(feature)) {
    details.append(element('h3', '', name || words.own), factList(rows));
  }
  details.append(factList([[strings.id, feature.id]]));
  return { title: elementKind(feature), content: [...content, details] };
}

/** Name, place and what people ask first. */
export function elementRows(feature: Feature, parent: Feature | undefined): Row[] {
  const room = parent?.className === 'Space' ? parent.name : '';
  const known: Row[] = [
    [words.name, feature.name],
    [strings.realityLabel, strings.reality(feature.reality)],
    [words.storey, storeyOf(feature)],
    [words.room, room],
  ];
  return [...known.filter(([, value]) => value !== ''), ...plainFacts(feature)];
}
