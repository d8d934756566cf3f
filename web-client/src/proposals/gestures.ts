/** Pointer and keys on the city while something is being placed: who takes hold of it moves it, and not the view. */
import type { Vector3 } from 'three';

import { devicePlace, type Pointer } from '../pick/pointer';
import type { Drag, Hands } from './hands';

export interface GesturesOptions {
  readonly canvas: HTMLCanvasElement;
  readonly hands: Hands;
  /** Whether it moves where it is dragged to. */
  readonly canMove: () => boolean;
  /** Where a pointer takes hold of it, world frame. */
  readonly holds: (pointer: Pointer) => Vector3 | undefined;
  readonly letGo: () => void;
  /** @returns whether there was another meaning of clicks to leave. */
  readonly leaveMode: () => boolean;
  readonly undo: () => void;
  readonly redo: () => void;
}

export interface Gestures {
  detach(): void;
}

export function attachGestures({ canvas, hands, canMove, holds, letGo, leaveMode, undo, redo }: GesturesOptions): Gestures {
  const ended = new AbortController();
  // Before those who look around or walk by the same pointer and keys.
  const first = { capture: true, signal: ended.signal } as const;
  let drag: { readonly pointer: number; readonly to: Drag } | undefined;

  const pointerOf = ({ clientX, clientY }: PointerEvent): Pointer => devicePlace(canvas, clientX, clientY);

  canvas.addEventListener(
    'pointerdown',
    (event) => {
      const hold = canMove() && event.isPrimary ? holds(pointerOf(event)) : undefined;
      if (!hold) return;
      event.stopImmediatePropagation();
      canvas.setPointerCapture(event.pointerId);
      canvas.focus({ preventScroll: true });
      drag = { pointer: event.pointerId, to: hands.move(pointerOf(event), hold.y) };
    },
    first,
  );
  canvas.addEventListener(
    'pointermove',
    (event) => {
      if (drag?.pointer !== event.pointerId) {
        if (event.buttons === 0) canvas.classList.toggle('holding', canMove() && holds(pointerOf(event)) !== undefined);
        return;
      }
      event.stopImmediatePropagation();
      drag.to(pointerOf(event));
    },
    first,
  );
  for (const end of ['pointerup', 'pointercancel'] as const) {
    canvas.addEventListener(
      end,
      (event) => {
        if (drag?.pointer !== event.pointerId) return;
        event.stopImmediatePropagation();
        drag = undefined;
        letGo();
      },
      first,
    );
  }
  window.addEventListener(
    'keydown',
    (event) => {
      const { code, target, ctrlKey, metaKey, altKey, shiftKey } = event;
      const isUndo = (ctrlKey || metaKey) && !altKey && code === 'KeyZ' && !isText(target);
      const isTaken =
        isUndo ? ((shiftKey ? redo : undo)(), true)
        : code === 'Escape' ? leaveMode()
        : target === canvas && canMove() && !ctrlKey && !metaKey && !altKey && hands.key(event);
      if (!isTaken) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    first,
  );
  window.addEventListener('keyup', ({ target, code }) => target === canvas && /^(Arrow|Page|Key[QE])/.test(code) && letGo(), first);

  return {
    detach() {
      ended.abort();
      canvas.classList.remove('holding');
    },
  };
}

function isText(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}
