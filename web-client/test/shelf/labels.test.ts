import { beforeEach, describe, expect, it } from 'vitest';

import { createLabels, hasLabels } from '../../src/shelf/labels';

const hash = (number: number): string => number.toString(16).padStart(16, '0').padEnd(32, 'f');
const name = (number: number): string => hash(number).slice(0, 16);
const items = new Map<string, string>();

beforeEach(() => {
  items.clear();
  Object.assign(globalThis, {
    window: {
      localStorage: {
        getItem: (key: string) => items.get(key) ?? null,
        setItem: (key: string, text: string) => void items.set(key, text),
        removeItem: (key: string) => void items.delete(key),
      },
    },
  });
});

describe('labels', () => {
  it('outlast the page, each scene its own', () => {
    const labels = createLabels('town');
    labels.added([hash(1), hash(2)]);
    expect(hasLabels('town')).toBe(false);
    labels.save();
    expect(createLabels('town').names()).toEqual([name(1), name(2)]);
    expect([hasLabels('town'), hasLabels('harbour')]).toEqual([true, false]);
    expect(createLabels('harbour').names()).toEqual([]);
  });

  it('name first what came at the latest visit, in that order', () => {
    const former = createLabels('town');
    former.added([1, 2, 3, 4].map(hash));
    former.save();
    const labels = createLabels('town');
    for (const number of [9, 4, 2]) labels.met(hash(number));
    labels.added([hash(9)]);
    expect(labels.names()).toEqual([9, 4, 2, 1, 3].map(name));
  });

  it('forget what is kept no more', () => {
    const labels = createLabels('town');
    labels.added([hash(1), hash(2)]);
    labels.removed([hash(1)]);
    labels.save();
    expect(createLabels('town').names()).toEqual([name(2)]);
    labels.removed([hash(2)]);
    labels.save();
    expect(hasLabels('town')).toBe(false);
  });

  it('of two tabs come together', () => {
    const [one, other] = [createLabels('town'), createLabels('town')];
    one.added([hash(1), hash(3)]);
    one.save();
    other.added([hash(2), hash(3)]);
    other.removed([hash(3)]);
    other.save();
    expect(createLabels('town').names()).toEqual([name(2), name(1)]);
  });

  it('are bounded', () => {
    const labels = createLabels('town');
    labels.added(Array.from({ length: 5000 }, (_, i) => hash(i)));
    labels.save();
    expect(createLabels('town').names()).toHaveLength(4096);
  });

  it('are nothing where what lies there is not ours', () => {
    items.set('citiverse.shelf.town', '{"not": "names"}');
    expect(createLabels('town').names()).toEqual([]);
  });
});
