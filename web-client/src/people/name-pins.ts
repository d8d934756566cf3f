/** Names above heads, with the colour of the figure. */
import type { Pin, PinKind, Pins } from '../overlays/pins';
import { element } from '../ui/dom';
import { strings } from '../ui/strings';
import { colourOf, cssColour } from './colours';
import type { Member } from './crowd';
import type { Person } from './directory';
import { X, Y, Z } from './motion';

export interface NamePins {
  /** Names those who are somewhere; the rest have no pin. `seen`: whether the figure is drawn. */
  arrange(members: Iterable<Member>, person: (member: Member) => Person | undefined, seen: (member: Member) => boolean): void;
  isShown(person: number): boolean;
}

const KIND: PinKind = { className: 'person', stem: 4, most: 12, mostFromAbove: 16, farthest: 80, own: 0.5 };
const ABOVE_EYE_M = 0.24;

interface NamePin {
  readonly pin: Pin;
  readonly name: HTMLElement;
  readonly role: HTMLElement;
}

export function createNamePins(pins: Pins): NamePins {
  const named = new Map<number, NamePin>();

  function create(number: number): NamePin {
    const name = element('span', 'name');
    const role = element('span', 'badge', strings.role('host'));
    const pin = pins.add(KIND, [name, role]);
    pin.root.style.setProperty('--person', cssColour(colourOf(number)));
    const made = { pin, name, role };
    named.set(number, made);
    return made;
  }

  return {
    arrange(members, personOf, seen) {
      const gone = new Set(named.keys());
      for (const member of members) {
        const person = personOf(member);
        if (!person) continue;
        gone.delete(member.person);
        const { pin, name, role } = named.get(member.person) ?? create(member.person);
        if (name.textContent !== person.name) name.textContent = person.name;
        role.hidden = person.role !== 'host';
        const { shown } = member.motion;
        pin.place.set(shown[X], shown[Y] + ABOVE_EYE_M, shown[Z]);
        pin.wanted = seen(member);
      }
      for (const number of gone) {
        named.get(number)!.pin.remove();
        named.delete(number);
      }
    },
    isShown: (person) => named.get(person)?.pin.shown ?? false,
  };
}
