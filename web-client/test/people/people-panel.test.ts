// @vitest-environment happy-dom
import { beforeEach, expect, it } from 'vitest';

import { createDirectory } from '../../src/people/directory';
import { createPeoplePanel, type PeoplePanel } from '../../src/people/people-panel';
import { createSpace } from '../../src/people/space';
import type { Welcome } from '../../src/protocol/messages';
import { createPanel } from '../../src/ui/panel';

let list: PeoplePanel;
let done: unknown[];

beforeEach(() => {
  document.body.replaceChildren();
  localStorage.clear();
  done = [];
  const directory = createDirectory();
  directory.welcome({ epoch: 1, person: 1, role: 'host', name: 'Zoe' } as Welcome);
  directory.people({
    t: 'people',
    joined: [
      { person: 1, name: 'Zoe', role: 'host' },
      { person: 2, name: 'Bo', role: 'visitor' },
    ],
    left: [],
  });
  list = createPeoplePanel({
    panel: createPanel({ root: document.body, home: document.body, closed: () => undefined, serverNow: () => 0, rules: () => [] }),
    directory,
    space: createSpace(),
    where: ({ person }) => (person === 2 ? '12 metres, ahead' : ''),
    rename: (name) => done.push(name),
    lookAt: ({ name }) => done.push(['look', name]),
    mute(person, muted) {
      person.muted = muted;
      list.update();
    },
    block(person, blocked) {
      person.blocked = blocked;
      list.update();
    },
    spaceChanged: () => done.push('space'),
  });
  list.open();
});

const rows = (): string[] => [...document.querySelectorAll('.rows li')].map(({ textContent }) => textContent ?? '');
const press = (label: string): void => document.querySelector<HTMLElement>(`[aria-label="${label}"]`)!.click();

it('says who is here, which one is you, your role, and where the others are', () => {
  expect(rows()[0]).toContain('Zoe you, Host');
  expect(rows()[1]).toContain('12 metres, ahead');
  expect(document.querySelector('.panel')!.textContent).toContain('You are here as a host');
  expect(document.querySelectorAll('li button')).toHaveLength(3);
});

it('turns to, mutes and blocks', () => {
  press('Turn to: Bo');
  expect(done).toEqual([['look', 'Bo']]);
  press('Mute: Bo');
  expect(rows()[1]).toContain('Muted');
  expect(document.querySelector('[aria-label="Mute: Bo"]')!.getAttribute('aria-pressed')).toBe('true');
  press('Block: Bo');
  expect(rows()[1]).toContain('you do not see each other');
});

it('changes your name', () => {
  const name = document.querySelector<HTMLInputElement>('#own-name')!;
  expect(name.value).toBe('Zoe');
  name.value = ' Zoë ';
  document.querySelector('form')!.requestSubmit();
  expect(done).toEqual(['Zoë']);
});

it('keeps what has the focus while the list changes', () => {
  const mute = document.querySelector<HTMLElement>('[aria-label="Mute: Bo"]')!;
  mute.focus();
  list.update();
  expect(document.activeElement).toBe(mute);
});
