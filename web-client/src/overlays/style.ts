/** How values look: what the scene's sensor file says of it (docs/contract/sensors.md, “Styles”), ready to use. */
import type { StyleRule } from '../protocol/messages';
import { DEFAULT_PALETTE, isPalette } from './palette';
import type { Scale } from './scale';
import { BODIES, type Body } from './vehicle-shape';

export const LOOKS = ['pin', 'column', 'surface', 'field', 'vehicle'] as const;
export type Look = (typeof LOOKS)[number];

export interface Style {
  readonly look: Look;
  /** "" where nobody says. */
  readonly title: string;
  /** Undefined where values have no colours. */
  readonly scale: Scale | undefined;
  /** Of vehicles. */
  readonly body: Body;
}

export const PLAIN: Style = { look: 'pin', title: '', scale: undefined, body: 'bus' };

/** What isn't known here is shown as a pin. */
export function styleOf(rule: StyleRule): Style {
  return { look: LOOKS.find((look) => look === rule.look) ?? 'pin', title: rule.title, scale: scaleOf(rule), body: BODIES.find((body) => body === rule.body) ?? PLAIN.body };
}

function scaleOf({ scale, palette, steps }: StyleRule): Scale | undefined {
  const rising = steps.map(([from, words]) => ({ from, words })).sort((a, b) => a.from - b.from);
  const [low, high] = scale ?? [rising[0]?.from ?? 0, rising.at(-1)?.from ?? 0];
  if (!(low < high)) return undefined;
  return { low, high, palette: isPalette(palette) ? palette : DEFAULT_PALETTE, steps: rising };
}

/** Which rule is for it: the first that fits; −1 for none. */
export function ruleFor(rules: readonly StyleRule[], observedProperty: string, key: string): number {
  return rules.findIndex((rule) => {
    const names = rule.observed_property !== '' || rule.key !== '';
    const fitsProperty = rule.observed_property === '' || rule.observed_property === observedProperty;
    return names && fitsProperty && (rule.key === '' || isLike(rule.key, key));
  });
}

/** Whether a key is like a pattern: `*` stands for any letters, `?` for one. Never looks at more than pattern × key letters. */
export function isLike(pattern: string, key: string): boolean {
  let at = 0;
  let along = 0;
  let star = -1;
  let from = 0;
  while (at < key.length) {
    if (pattern[along] === '*') {
      star = along;
      along += 1;
      from = at;
    } else if (along < pattern.length && (pattern[along] === '?' || pattern[along] === key[at])) {
      along += 1;
      at += 1;
    } else if (star >= 0) {
      along = star + 1;
      from += 1;
      at = from;
    } else return false;
  }
  while (pattern[along] === '*') along += 1;
  return along === pattern.length;
}

/** The style of a datastream. */
export function styleFor(rules: readonly StyleRule[], { observed_property: property, key }: { readonly observed_property: string; readonly key: string }): Style {
  const rule = ruleFor(rules, property, key);
  return rule < 0 ? PLAIN : styleOf(rules[rule]);
}
