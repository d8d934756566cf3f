/** The panel beside what is being placed: ways to place it, exact numbers, what makes room, publishing. */
import { button, element, write } from '../ui/dom';
import { proposalStrings as words } from '../ui/proposal-strings';
import { keepKeys, numberField, slider, textField } from './fields';
import { MOST_LIFT_M, turned, wholeTurn, type Placement } from './placement';
import type { Proposal } from './proposal';
import { createRoom } from './room';
import type { Publication } from './service';

/** What a click in the picture means. */
export type Mode = 'move' | 'here' | 'footprint' | 'points';

export interface PlacingView {
  readonly proposal: Proposal;
  readonly placement: Placement;
  readonly mode: Mode;
  /** What to do now. */
  readonly instruction: string;
  /** Of the control points that were given, metres. */
  readonly residuals: readonly number[];
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}

export interface PlacingActions {
  readonly change: (next: Placement, gesture?: string) => void;
  readonly mode: (mode: Mode) => void;
  readonly asFile: () => void;
  readonly undo: () => void;
  readonly redo: () => void;
  readonly otherSide: () => void;
  readonly above: () => void;
  readonly street: () => void;
  readonly startAgain: () => void;
  readonly publish: (publication: Publication) => void;
  readonly refused: (sentence: string) => void;
}

export interface PlacingPanel {
  readonly content: readonly Node[];
  update(view: PlacingView): void;
}

/** The server takes no longer ones. */
const LONGEST_TITLE = 80;
const LONGEST_DESCRIPTION = 500;
/** Points of a file and of a city that differ more were not the same corners. */
const SAME_SCALE = 0.02;

export function createPlacingPanel(first: Proposal, isRevised: boolean, actions: PlacingActions): PlacingPanel {
  const isMovable = first.model?.movable ?? true;
  const origin = element('p', 'quiet', originOf(first, isRevised));
  const instruction = element('p', 'instruction');
  const ways = (['here', 'footprint', 'points'] as const).map((mode) => ({
    mode,
    button: button(words[mode], 'tool', () => actions.mode(mode)),
  }));
  const wayRow = row(words.stand, ...ways.map((way) => way.button));
  if (first.model?.georeference) wayRow.append(button(words.asFile, 'tool', actions.asFile));
  const undo = button(words.undo, 'tool', actions.undo);
  const redo = button(words.redo, 'tool', actions.redo);
  const looks = row(words.look, button(words.fromAbove, 'tool', actions.above), button(words.otherSide, 'tool', actions.otherSide), button(words.fromStreet, 'tool', actions.street));
  const points = element('div', 'points');
  let placement: Placement = { at: [0, 0], lift: 0, headingDeg: 0 };

  const east = numberField({ label: words.east, step: 0.1, changed: (x) => actions.change({ ...placement, at: [x, placement.at[1]] }) });
  const north = numberField({ label: words.north, step: 0.1, changed: (y) => actions.change({ ...placement, at: [placement.at[0], y] }) });
  const heading = numberField({ label: words.heading, step: 0.1, changed: (deg) => actions.change({ ...placement, headingDeg: wholeTurn(deg) }) });
  const lift = numberField({
    label: words.lift,
    step: 0.05,
    least: -MOST_LIFT_M,
    most: MOST_LIFT_M,
    changed: (metres) => actions.change({ ...placement, lift: metres }),
  });
  const turn = slider(words.turn, 359, (deg) => actions.change({ ...placement, headingDeg: deg }, 'slider'));
  const exactly = element('details');
  const pairs = element('div', 'field-pairs');
  pairs.append(east.root, north.root, heading.root, lift.root);
  exactly.append(element('summary', '', words.exactly), pairs, element('p', 'quiet', words.fromMiddle));
  const hands = element('div');
  hands.append(wayRow, points, turn.root, row('', undo, redo, button(words.quarter, 'tool', () => actions.change(turned(placement, 90)))), exactly);
  hands.hidden = !isMovable;

  const room = createRoom(first.replaces);
  const said = element('ul', 'quiet said');
  const title = textField(words.name, LONGEST_TITLE, false);
  const description = textField(words.description, LONGEST_DESCRIPTION, true);
  title.input.value = first.title || first.model?.title || first.file.replace(/\.[^.]*$/, '');
  description.input.value = first.description;
  const publish = element('button', 'tool primary publish', words.publish);
  const form = element('form');
  form.id = 'publish-proposal';
  form.append(title.root, description.root);
  publish.setAttribute('form', form.id);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const name = title.input.value.trim();
    if (name === '') {
      title.input.focus();
      return actions.refused(words.unnamed);
    }
    actions.publish({ title: name, description: description.input.value.trim(), replaces: room.ticked });
  });
  const warnings = warningsOf(first);
  const root = element('div', 'placing');
  root.append(origin, instruction, hands, looks, room.root, said, ...warnings, form);
  keepKeys(root);
  keepKeys(publish);

  return {
    content: [root, publish],
    update(view) {
      ({ placement } = view);
      write(instruction, isMovable ? view.instruction : words.fixed);
      for (const way of ways) way.button.setAttribute('aria-pressed', String(way.mode === view.mode));
      undo.disabled = !view.canUndo;
      redo.disabled = !view.canRedo;
      east.show(placement.at[0]);
      north.show(placement.at[1]);
      heading.show(placement.headingDeg);
      turn.show(placement.headingDeg);
      lift.show(placement.lift);
      const { landing } = view.proposal;
      room.show(landing?.collides ?? []);
      said.replaceChildren(...(landing?.said ?? []).map((sentence) => element('li', '', sentence)));
      points.replaceChildren(...(view.mode === 'points' ? fitOf(view, actions) : []));
      points.hidden = points.childElementCount === 0;
    },
  };
}

/** What says where it stands now. */
function originOf({ placement, model, variant }: Proposal, isRevised: boolean): string {
  if (isRevised) return words.newer;
  if (variant !== '') return words.already;
  const found = model?.georeference;
  if (!found) return words.nowhere;
  return placement?.by === 'file' ? words.byFile(found.source, found.said) : '';
}

function fitOf({ residuals, proposal }: PlacingView, actions: PlacingActions): Node[] {
  if (residuals.length === 0) return [];
  const list = element('ul', 'residuals');
  for (const [i, residual] of residuals.entries()) {
    const item = element('li');
    item.append(element('span', '', words.pair(i + 1)), ' ', element('strong', '', words.off(residual)));
    list.append(item);
  }
  const scale = proposal.landing?.scale ?? 1;
  const warning = Math.abs(scale - 1) > SAME_SCALE ? [element('p', 'warning', words.scale(scale))] : [];
  return [list, ...warning, row('', button(words.keepFit, 'tool primary', () => actions.mode('move')), button(words.startAgain, 'tool', actions.startAgain))];
}

function warningsOf({ model }: Proposal): Node[] {
  if (!model || model.warnings.length === 0) return [];
  const details = element('details');
  const list = element('ul', 'quiet');
  list.append(...model.warnings.map((warning) => element('li', '', warning)));
  details.append(element('summary', '', words.warnings), list);
  return [details];
}

/** @param name what they do together, "" where they say it themselves. */
function row(name: string, ...buttons: readonly HTMLElement[]): HTMLElement {
  const made = element('div', 'actions');
  if (name !== '') {
    made.setAttribute('role', 'group');
    made.setAttribute('aria-label', name);
    made.append(element('span', 'row-name', name));
  }
  made.append(...buttons);
  return made;
}
