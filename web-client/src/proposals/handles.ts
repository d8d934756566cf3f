/**
 * Round handles over the picture, to move, turn and lift what is placed, a label that says what it
 * is, and numbered marks. They are real buttons: by finger, mouse and keyboard alike.
 */
import { Vector3, type Camera } from 'three';

import { element } from '../ui/dom';
import { proposalStrings as words } from '../ui/proposal-strings';
import type { Pointer } from '../pick/pointer';
import type { Ghost } from './ghost';
import type { Drag, Hands } from './hands';

export interface Mark {
  readonly text: string;
  /** On the model, or in the city. */
  readonly kind: 'model' | 'place';
  /** World frame. */
  readonly point: Vector3;
}

export interface Handles {
  /** Puts all where they are in the picture of this camera. */
  arrange(camera: Camera): void;
  marks(marks: readonly Mark[]): void;
  /** Whether it can be moved by them. */
  show(on: boolean): void;
  dispose(): void;
}

export interface HandlesOptions {
  readonly root: HTMLElement;
  /** Of the picture, CSS pixels. */
  readonly size: { readonly width: number; readonly height: number };
  readonly ghost: Ghost;
  readonly hands: Hands;
  readonly letGo: () => void;
}

/** Of the label and its distance from the middle: it stays in the picture. */
const LABEL_PX = 276;

export function createHandles({ root, size, ghost, hands, letGo }: HandlesOptions): Handles {
  const layer = element('div', 'handles');
  layer.setAttribute('role', 'group');
  layer.setAttribute('aria-label', words.ghost);
  const label = element('p', 'ghost-label', words.ghost);
  const move = handle('move', words.move, (from) => hands.move(from, ghost.foot.y));
  const turn = handle('turn', words.turn, () => hands.turn());
  const lift = handle('lift', words.lifting, (from) => hands.lift(from));
  const places: readonly (readonly [HTMLElement, Vector3])[] = [[label, ghost.top], [lift, ghost.top], [move, ghost.foot], [turn, ghost.knob]];
  let marked: { readonly mark: Mark; readonly dot: HTMLElement }[] = [];
  const seen = new Vector3();
  layer.append(label, move, turn, lift);
  root.append(layer);

  function pointerOf({ clientX, clientY }: PointerEvent): Pointer {
    return { x: (clientX / size.width) * 2 - 1, y: 1 - (clientY / size.height) * 2 };
  }

  function handle(kind: string, name: string, take: (from: Pointer) => Drag): HTMLButtonElement {
    const made = element('button', `handle ${kind}`);
    made.type = 'button';
    made.setAttribute('aria-label', name);
    made.title = name;
    let drag: Drag | undefined;
    made.addEventListener('pointerdown', (event) => {
      made.setPointerCapture(event.pointerId);
      drag = take(pointerOf(event));
    });
    made.addEventListener('pointermove', (event) => drag?.(pointerOf(event)));
    for (const end of ['pointerup', 'pointercancel'] as const) {
      made.addEventListener(end, () => {
        drag = undefined;
        letGo();
      });
    }
    made.addEventListener('keydown', (event) => {
      if (hands.key(event)) event.preventDefault();
    });
    made.addEventListener('keyup', letGo);
    return made;
  }

  function put(thing: HTMLElement, point: Vector3, camera: Camera): void {
    seen.copy(point).project(camera);
    const isBefore = seen.z < 1;
    thing.classList.toggle('unseen', !isBefore);
    const x = Math.round(Math.min(((seen.x + 1) / 2) * size.width, size.width - (thing === label ? LABEL_PX : 0)));
    const y = Math.round(((1 - seen.y) / 2) * size.height);
    if (isBefore) thing.style.transform = `translate(${x}px, ${y}px)`;
  }

  return {
    arrange(camera) {
      for (const [thing, point] of places) put(thing, point, camera);
      for (const { mark, dot } of marked) put(dot, mark.point, camera);
    },
    marks(marks) {
      for (const { dot } of marked) dot.remove();
      marked = marks.map((mark) => {
        const dot = element('span', `mark ${mark.kind}`, mark.text);
        dot.setAttribute('aria-hidden', 'true');
        layer.append(dot);
        return { mark, dot };
      });
    },
    show(on) {
      for (const one of [move, turn, lift]) one.hidden = !on;
    },
    dispose: () => layer.remove(),
  };
}
