/** The controls of a cut, in the panel: which building, up to which storey, and from which side. */
import type { Building } from '../protocol/buildings';
import { button, element } from '../ui/dom';
import '../ui/section.css';
import { sectionStrings as strings } from '../ui/section-strings';
import { storeyStrings } from '../ui/storey-strings';
import { heightsOf, planHeight, reachOf, type Settings } from './settings';

export interface ControlsOptions {
  readonly set: (settings: Settings) => void;
  /** Said when a control comes to rest. */
  readonly announce: (text: string) => void;
  /** Another building, or everything, is to be cut. */
  readonly choose: (building: Building | undefined) => void;
  /** The same cut from the side, facing the eye. */
  readonly facing: (settings: Settings) => Settings;
  readonly fromAbove: () => void;
  readonly reset: () => void;
}

export interface Controls {
  readonly root: HTMLElement;
  show(buildings: readonly Building[], settings: Settings): void;
}

const TURN = 2 * Math.PI;
const STEP_DEG = 5;

export function createControls({ set, choose, announce, facing, fromAbove, reset }: ControlsOptions): Controls {
  let all: readonly Building[] = [];
  let now: Settings;
  let listed = '';

  const building = element('select');
  building.addEventListener('change', () => choose(all.find(({ id }) => id === building.value)));
  const storeys = element('fieldset', 'storeys');
  const height = slider(strings.height, strings.metres, (value) => set({ ...now, height: value }));
  const hasSide = element('input');
  hasSide.type = 'checkbox';
  hasSide.addEventListener('change', () => change(hasSide.checked ? facing(now) : { ...now, side: undefined }));
  const turn = slider(strings.turn, (value) => strings.degrees(radians(value)), (value) => now.side && set({ ...now, side: { ...now.side, heading: radians(value) } }));
  const move = slider(strings.move, strings.fromMiddle, (value) => now.side && set({ ...now, side: { ...now.side, offset: value } }));
  const faceMe = button(strings.faceMe, 'tool', () => change(facing(now)));
  const above = button(strings.fromAbove, 'tool', fromAbove);
  const everything = button(strings.reset, 'tool primary', reset);

  const chooser = labelled(strings.building, building);
  const sideChoice = element('label', 'choice');
  sideChoice.append(hasSide, element('span', '', strings.side));
  const actions = element('div', 'actions');
  actions.append(above, faceMe, everything);
  const root = element('div', 'cut');
  root.append(chooser, storeys, height.root, sideChoice, turn.root, move.root, actions);

  function change(next: Settings): void {
    set(next);
    announce(told(next));
  }

  /** The slider's own words are spoken already while it moves. */
  function slider(label: string, words: (value: number) => string, moved: (value: number) => void) {
    const input = element('input');
    input.type = 'range';
    const said = element('output');
    const row = labelled(label, input, said);
    input.addEventListener('input', () => moved(Number(input.value)));
    return {
      root: row,
      show(min: number, max: number, step: number, value: number) {
        Object.assign(input, { min: String(min), max: String(max), step: String(step), value: String(value) });
        said.textContent = words(value);
        input.setAttribute('aria-valuetext', words(value));
      },
    };
  }

  function list(): void {
    const key = JSON.stringify([all.map(({ id }) => id), now.building?.id]);
    if (key === listed) return;
    listed = key;
    building.replaceChildren(...all.map(({ id, name }) => option(name || strings.unnamed, id)), option(strings.everything, ''));
    const steps = now.building?.storeys ?? [];
    const choices = [...steps.keys()].reverse().map((i) =>
      choice(storeyStrings.named(steps[i].name, i + 1), steps[i].id, () => change({ ...now, storey: steps[i], height: planHeight(steps[i]) })),
    );
    const whole = choice(strings.whole, '', () => change({ ...now, storey: undefined }));
    storeys.replaceChildren(element('legend', '', strings.storeys), whole, ...choices);
  }

  return {
    root,
    show(buildings, settings) {
      all = buildings;
      now = settings;
      list();
      building.value = settings.building?.id ?? '';
      storeys.hidden = !settings.building?.storeys.length;
      for (const input of storeys.querySelectorAll('input')) input.checked = input.value === (settings.storey?.id ?? '');
      height.root.hidden = settings.storey === undefined;
      if (settings.storey) height.show(...heightsOf(settings.storey), 0.1, settings.height);
      const { side } = settings;
      hasSide.checked = side !== undefined;
      turn.root.hidden = move.root.hidden = faceMe.hidden = side === undefined;
      if (!side) return;
      const reach = Math.ceil(reachOf(settings, side.heading));
      turn.show(0, 360 - STEP_DEG, STEP_DEG, degrees(side.heading));
      move.show(-reach, reach, 0.1, side.offset);
    },
  };
}

function told({ building, storey, height, side }: Settings): string {
  const parts = [
    ...(building && storey ? [strings.cutUpTo(storeyStrings.named(storey.name, building.storeys.indexOf(storey) + 1), strings.metres(height))] : []),
    ...(side ? [building ? strings.cutFromSide : strings.allCutFromSide] : []),
  ];
  return parts.join(' ') || strings.nothingCut;
}

function choice(label: string, value: string, chosen: () => void): HTMLElement {
  const row = element('label', 'choice');
  const input = element('input');
  input.type = 'radio';
  input.name = 'storey-shown';
  input.value = value;
  input.addEventListener('change', chosen);
  row.append(input, element('span', '', label));
  return row;
}

function option(label: string, value: string): HTMLOptionElement {
  const made = element('option', '', label);
  made.value = value;
  return made;
}

function labelled(label: string, ...controls: readonly HTMLElement[]): HTMLElement {
  const row = element('label', 'field');
  row.append(element('span', '', label), ...controls);
  return row;
}

function radians(degreesNow: number): number {
  return (degreesNow * Math.PI) / 180;
}

/** 0 up to 360. */
function degrees(heading: number): number {
  return (((((heading % TURN) + TURN) % TURN) * 180) / Math.PI) % 360;
}
