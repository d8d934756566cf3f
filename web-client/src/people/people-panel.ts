/** The people here as a list: who, where, and what you can do about it; and your own name. */
import { button, element, write } from '../ui/dom';
import { createKeyedList, type Row } from '../ui/keyed-list';
import type { Panel } from '../ui/panel';
import { companyStrings } from '../ui/company-strings';
import { strings } from '../ui/strings';
import { colourOf, cssColour } from './colours';
import type { Directory, Person } from './directory';
import type { Space } from './space';

export interface PeoplePanelOptions {
  readonly panel: Panel;
  readonly directory: Directory;
  readonly space: Space;
  /** Where a person is, in words. */
  readonly where: (person: Person) => string;
  readonly rename: (name: string) => void;
  readonly lookAt: (person: Person) => void;
  readonly mute: (person: Person, muted: boolean) => void;
  readonly block: (person: Person, blocked: boolean) => void;
  readonly spaceChanged: () => void;
}

export interface PeoplePanel {
  open(): void;
  /** Renews the list where it is open. */
  update(): void;
}

const LONGEST_NAME = 40;

export function createPeoplePanel(options: PeoplePanelOptions): PeoplePanel {
  const { panel, directory, space, where } = options;
  const words = companyStrings.people;
  const name = element('input');
  name.id = 'own-name';
  name.maxLength = LONGEST_NAME;
  name.setAttribute('autocomplete', 'nickname');
  const role = element('p', 'quiet');
  const alone = element('p', 'quiet', words.alone);
  const list = createKeyedList<Person>(element('ul', 'rows'), ({ person }) => person, createRow);
  const form = createForm();
  let isOpen = false;

  function createForm(): HTMLElement {
    const made = element('form', 'field');
    const label = element('label', '', words.name);
    label.htmlFor = name.id;
    const rename = element('button', 'tool', words.rename);
    const line = element('div', 'line');
    line.append(name, rename);
    made.append(label, line);
    made.addEventListener('submit', (event) => {
      event.preventDefault();
      if (name.value.trim() !== '') options.rename(name.value.trim());
    });
    return made;
  }

  function createSpaceSwitch(): HTMLElement {
    const label = element('label', 'switch');
    const box = element('input');
    box.type = 'checkbox';
    box.checked = space.on;
    box.addEventListener('change', () => {
      space.on = box.checked;
      options.spaceChanged();
    });
    label.append(box, words.space);
    label.title = words.spaceHint;
    return label;
  }

  function createRow({ person: number }: Person): Row<Person> {
    let person: Person | undefined;
    const root = element('li');
    root.style.setProperty('--mark', cssColour(colourOf(number)));
    const title = element('strong');
    const marks = element('span', 'quiet');
    const place = element('p', 'quiet');
    const actions = element('div', 'actions');
    const lookAt = button(words.lookAt, 'tool', () => person && options.lookAt(person));
    const mute = button(words.mute, 'tool', () => person && options.mute(person, !person.muted));
    const block = button(words.block, 'tool', () => person && options.block(person, !person.blocked));
    for (const [action, about] of [[lookAt, words.lookAt], [mute, words.mute], [block, words.block]] as const) {
      action.dataset.about = about;
    }
    actions.append(lookAt, mute, block);
    root.append(title, ' ', marks, place);
    if (number !== directory.you) root.append(actions);
    return {
      root,
      update(now) {
        person = now;
        const own = now.person === directory.you;
        write(title, now.name);
        write(marks, [own ? strings.you : '', now.role === 'host' ? strings.role('host') : ''].filter(Boolean).join(', '));
        write(place, own ? '' : state(now));
        place.hidden = own;
        mute.setAttribute('aria-pressed', String(now.muted));
        block.setAttribute('aria-pressed', String(now.blocked));
        for (const action of [lookAt, mute, block]) action.setAttribute('aria-label', `${action.dataset.about}: ${now.name}`);
        lookAt.disabled = where(now) === '';
      },
    };
  }

  function state(person: Person): string {
    if (person.blocked) return words.blocked;
    const place = where(person) || words.notInSight;
    return person.muted ? `${place}. ${words.muted}` : place;
  }

  function update(): void {
    if (!isOpen) return;
    const all = directory.all();
    list.show(all);
    alone.hidden = all.length > 1;
    write(role, words.yourRole[directory.role]);
    if (document.activeElement !== name) name.value = directory.get(directory.you)?.name ?? '';
  }

  return {
    open() {
      panel.show({
        title: words.title,
        content: [form, role, list.root, alone, createSpaceSwitch()],
        gone: () => (isOpen = false),
      });
      isOpen = true;
      update();
    },
    update,
  };
}
