/** Which variant of the scene one looks at: the scene as it is, or one of what it may become. */
import type { ClientMessage, Manifest, Variant } from '../protocol/messages';
import { NOTHING_AWAY, type Away } from './away';
import { featureKey } from './key';
import { leaveOut as leaveOutOf } from './leave-out';
import { marksOf } from './marks';
import { wear } from './wear';

/** The name of the scene as it is. */
export const AS_IT_IS = '';

export interface VariantsOptions {
  readonly send: (message: ClientMessage) => unknown;
  /** Something else is there from now on. */
  readonly leaveOut: (away: Away) => void;
  /** Other variants, or another one is looked at. */
  readonly changed: () => void;
}

export interface Variants {
  /** The city is this one from now on. */
  manifest(manifest: Manifest): void;
  /** The server knows nothing of what is looked at. */
  tellAgain(): void;
  /** @returns false where there is none of this name. */
  choose(name: string): boolean;
  /** The one after the current, and after the last the scene as it is. */
  next(): void;
  readonly all: readonly Variant[];
  readonly current: string;
  /** What each layer that is there shows: `measured`, `proposed`, … */
  readonly realities: readonly string[];
}

export function createVariants({ send, leaveOut, changed }: VariantsOptions): Variants {
  let scene: Manifest | undefined;
  let current = AS_IT_IS;
  let away = NOTHING_AWAY;

  function show(): void {
    const chosen = scene?.variants.find(({ name }) => name === current);
    const others = scene?.variants.filter((variant) => variant !== chosen) ?? [];
    const hides = new Set(chosen?.hides);
    const looks = new Map(chosen?.restyles.map(({ id, look }) => [id, look]));
    const marks = scene ? marksOf(scene) : [];
    away = {
      layers: new Set(others.flatMap(({ layers }) => layers)),
      keys: new Set([...hides].map(featureKey)),
      change(content, layer) {
        leaveOutOf(content, hides);
        wear(content, marks[layer] ?? 0, looks);
      },
    };
    leaveOut(away);
    changed();
  }

  function choose(name: string): boolean {
    const isThere = name === AS_IT_IS || scene?.variants.some((variant) => variant.name === name) === true;
    if (!isThere || name === current) return isThere;
    current = name;
    send({ t: 'variant', variant: name });
    show();
    return true;
  }

  return {
    manifest(manifest) {
      scene = manifest;
      if (!manifest.variants.some(({ name }) => name === current)) current = AS_IT_IS;
      show();
    },
    tellAgain() {
      if (current !== AS_IT_IS) send({ t: 'variant', variant: current });
    },
    choose,
    next() {
      const names = [AS_IT_IS, ...(scene?.variants.map(({ name }) => name) ?? [])];
      choose(names[(names.indexOf(current) + 1) % names.length]);
    },
    get all() {
      return scene?.variants ?? [];
    },
    get current() {
      return current;
    },
    get realities() {
      return scene?.layers.filter((_, layer) => !away.layers.has(layer)).map(({ reality }) => reality) ?? [];
    },
  };
}
