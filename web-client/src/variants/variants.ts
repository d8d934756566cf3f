/** Which variant of the scene one looks at: the scene as it is, or one of what it may become. */
import type { ClientMessage, Manifest, Variant } from '../protocol/messages';
import { strings } from '../ui/strings';
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
  /** The one that is looked at; undefined for the scene as it is. */
  readonly shown: Variant | undefined;
  /** What one looks at, for people. */
  readonly title: string;
  /** The one that `next` leads to, for people. */
  readonly nextTitle: string;
  /** Realities that bear a mark in the picture now. */
  readonly marked: readonly string[];
  /** What each layer that is there shows: `measured`, `proposed`, … */
  readonly realities: readonly string[];
}

export function createVariants({ send, leaveOut, changed }: VariantsOptions): Variants {
  let scene: Manifest | undefined;
  let current = AS_IT_IS;
  let away = NOTHING_AWAY;

  function show(): void {
    const chosen = shown();
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

  function shown(): Variant | undefined {
    return scene?.variants.find(({ name }) => name === current);
  }

  function titleOf(name: string): string {
    return scene?.variants.find((variant) => variant.name === name)?.title ?? strings.variants.asItIs;
  }

  function nextName(): string {
    const names = [AS_IT_IS, ...(scene?.variants.map(({ name }) => name) ?? [])];
    return names[(names.indexOf(current) + 1) % names.length];
  }

  function layersHere(): readonly { readonly number: number; readonly reality: string }[] {
    return (scene?.layers ?? []).map(({ reality }, number) => ({ number, reality })).filter(({ number }) => !away.layers.has(number));
  }

  /** How real the looks are that features have in it. */
  function looks(): readonly string[] {
    return (shown()?.restyles.length ?? 0) > 0 ? ['proposed'] : [];
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
    next: () => void choose(nextName()),
    get all() {
      return scene?.variants ?? [];
    },
    get current() {
      return current;
    },
    get shown() {
      return shown();
    },
    get title() {
      return titleOf(current);
    },
    get nextTitle() {
      return titleOf(nextName());
    },
    get realities() {
      return [...layersHere().map(({ reality }) => reality), ...looks()];
    },
    get marked() {
      const marks = scene ? marksOf(scene) : [];
      return [...layersHere().filter(({ number }) => marks[number] > 0).map(({ reality }) => reality), ...looks()];
    },
  };
}
