/** Values that the scene's sensor file gives a meaning: steps of a style, such as the limits of a law. */
import { ruleFor } from '../overlays/style';
import type { Datastream, StyleRule } from '../protocol/messages';

/** From this value on, what it is called. */
export interface Limit {
  readonly value: number;
  readonly words: string;
}

/** Of the first rule that is for this datastream; none where the file says nothing. */
export function limitsOf(rules: readonly StyleRule[], { observed_property: property, key }: Datastream): readonly Limit[] {
  const rule = rules[ruleFor(rules, property, key)];
  return (rule?.steps ?? []).map(([value, words]) => ({ value, words }));
}
