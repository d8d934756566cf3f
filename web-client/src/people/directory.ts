/** Who is here, by number: names and roles, and whom you don't want to hear or see. */
import type { PersonEntry, People, Role, Welcome } from '../protocol/messages';

export interface Person {
  readonly person: number;
  name: string;
  role: Role;
  muted: boolean;
  blocked: boolean;
}

export interface Change {
  readonly came: readonly Person[];
  readonly left: readonly Person[];
  /** The first list after entering: nobody came just now. */
  readonly first: boolean;
}

export interface Directory {
  welcome(message: Welcome): void;
  people(message: People): Change;
  get(person: number): Person | undefined;
  /** You first, then by name. */
  all(): readonly Person[];
  /** Whether someone of this name is muted or blocked: comments carry names, not numbers. */
  isUnheard(name: string): boolean;
  readonly you: number;
  readonly role: Role;
}

export function createDirectory(): Directory {
  const people = new Map<number, Person>();
  let you = -1;
  let role: Role = 'visitor';
  let epoch = -1;
  let complete = false;

  /** Returns the person where she wasn't known. */
  function take({ person, name, role: hers }: PersonEntry): Person | undefined {
    const known = people.get(person);
    if (known) {
      known.name = name;
      known.role = hers;
      return undefined;
    }
    const came = { person, name, role: hers, muted: false, blocked: false };
    people.set(person, came);
    return came;
  }

  function remove(numbers: readonly number[]): Person[] {
    return numbers.flatMap((number) => {
      const person = people.get(number);
      people.delete(number);
      return person ? [person] : [];
    });
  }

  return {
    welcome(message) {
      // Another run of the server numbers people anew.
      if (message.epoch !== epoch) people.clear();
      epoch = message.epoch;
      you = message.person;
      role = message.role;
      complete = false;
    },
    people({ joined, left }) {
      const came = joined.flatMap((entry) => take(entry) ?? []);
      const first = !complete;
      complete = true;
      const here = new Set(joined.map(({ person }) => person));
      const missing = first ? [...people.keys()].filter((person) => !here.has(person)) : [];
      return { came, left: remove([...left, ...missing]), first };
    },
    get: (person) => people.get(person),
    all: () =>
      [...people.values()].sort((a, b) => Number(b.person === you) - Number(a.person === you) || a.name.localeCompare(b.name)),
    isUnheard: (name) => [...people.values()].some((person) => person.name === name && (person.muted || person.blocked)),
    get you() {
      return you;
    },
    get role() {
      return role;
    },
  };
}
