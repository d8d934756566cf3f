import { beforeEach, expect, it } from 'vitest';

import { createDirectory, type Directory } from '../../src/people/directory';
import type { Welcome } from '../../src/protocol/messages';

const ada = { person: 1, name: 'Ada', role: 'host' } as const;
const bo = { person: 2, name: 'Bo', role: 'visitor' } as const;
const you = { person: 3, name: 'Zoe', role: 'visitor' } as const;

let directory: Directory;

function welcome(epoch = 1): void {
  directory.welcome({ t: 'welcome', epoch, person: 3, role: 'visitor', name: 'Zoe' } as Welcome);
}

beforeEach(() => {
  directory = createDirectory();
  welcome();
  directory.people({ t: 'people', joined: [bo, you, ada], left: [] });
});

const names = (): string[] => directory.all().map(({ name }) => name);

it('lists you first, then by name', () => expect(names()).toEqual(['Zoe', 'Ada', 'Bo']));

it('tells who came and who left', () => {
  const change = directory.people({ t: 'people', joined: [{ person: 4, name: 'Cy', role: 'visitor' }], left: [1, 99] });
  expect(change.first).toBe(false);
  expect(change.came.map(({ name }) => name)).toEqual(['Cy']);
  expect(change.left.map(({ name }) => name)).toEqual(['Ada']);
});

it('a new name is no new person', () => {
  expect(directory.people({ t: 'people', joined: [{ ...bo, name: 'Robert' }], left: [] }).came).toEqual([]);
  expect(names()).toEqual(['Zoe', 'Ada', 'Robert']);
});

it('after a lost line keeps whom you muted, and notices who has gone', () => {
  directory.get(2)!.muted = true;
  welcome();
  const change = directory.people({ t: 'people', joined: [bo, you], left: [] });
  expect(change.left.map(({ name }) => name)).toEqual(['Ada']);
  expect(directory.isUnheard('Bo')).toBe(true);
});

it('forgets everybody when the server was restarted, as it numbers them anew', () => {
  directory.get(2)!.blocked = true;
  welcome(2);
  directory.people({ t: 'people', joined: [{ ...ada, person: 2 }, you], left: [] });
  expect(directory.get(2)).toEqual({ ...ada, person: 2, muted: false, blocked: false });
});
