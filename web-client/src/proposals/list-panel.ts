/** All proposals of this city, as hosts see them, and a way to bring a new one. */
import { button, element } from '../ui/dom';
import { proposalStrings as words } from '../ui/proposal-strings';
import type { Proposal, ProposalList } from './proposal';

export interface ListActions {
  readonly bring: (files: readonly File[], revised: Proposal | undefined) => void;
  readonly place: (proposal: Proposal) => void;
  readonly visit: (proposal: Proposal) => void;
  readonly takeBack: (proposal: Proposal) => void;
  readonly remove: (proposal: Proposal) => void;
}

/** What its reader takes. */
const ACCEPT = '.ifc,.glb,.gltf,.gml,.xml,.json,.jsonl,.zip';

export function listContent({ proposals, mostBytes }: ProposalList, actions: ListActions): Node[] {
  const bring = fileButton(words.choose, 'tool primary', (files) => actions.bring(files, undefined));
  const intro = [element('p', '', words.intro), bring, element('p', 'quiet', words.formats(mostBytes))];
  if (proposals.length === 0) return [...intro, element('p', 'quiet', words.none)];
  const list = element('ul', 'rows');
  list.append(...proposals.map((proposal) => rowOf(proposal, actions)));
  return [...intro, element('h3', '', words.mine), list];
}

function rowOf(proposal: Proposal, actions: ListActions): HTMLElement {
  const { title, file, phase, problem, variant, preview } = proposal;
  const name = title || file;
  const root = element('li');
  const row = element('div', 'actions');
  root.append(element('strong', '', name), element('p', 'quiet', words.phase[phase]));
  if (problem !== '') root.append(element('p', 'warning', problem));
  if (variant !== '') row.append(about(button(words.lookAtIt, 'tool', () => actions.visit(proposal)), name));
  if (preview !== '') row.append(about(button(words.placeIt, 'tool', () => actions.place(proposal)), name));
  row.append(fileButton(words.replaceFile, 'tool', (files) => actions.bring(files, proposal), name));
  if (variant !== '') row.append(about(button(words.takeBack, 'tool', () => actions.takeBack(proposal)), name));
  const remove = about(button(words.remove, 'tool', () => root.append(confirmation)), name);
  row.append(remove);
  root.append(row);

  const confirmation = element('div', 'sure');
  const keep = button(words.keep, 'tool', () => {
    confirmation.remove();
    remove.focus();
  });
  const sure = element('div', 'actions');
  sure.append(button(words.removeForGood, 'tool', () => actions.remove(proposal)), keep);
  confirmation.append(element('p', '', words.sure(name)), sure);
  remove.addEventListener('click', () => keep.focus());
  return root;
}

/** The browser's own choice of files, dressed as a button. */
function fileButton(text: string, className: string, chosen: (files: readonly File[]) => void, name = ''): HTMLElement {
  const input = element('input');
  input.type = 'file';
  input.accept = ACCEPT;
  input.setAttribute('aria-label', name === '' ? text : `${text}: ${name}`);
  input.addEventListener('change', () => {
    if (input.files && input.files.length > 0) chosen([...input.files]);
    input.value = '';
  });
  const root = element('label', `${className} file`, text);
  root.append(input);
  return root;
}

/** Says to those who don't see the row what a button is about. */
function about(opener: HTMLButtonElement, name: string): HTMLButtonElement {
  opener.setAttribute('aria-label', `${opener.textContent}: ${name}`);
  return opener;
}
