/**
 * Keyboard, mouse and touch → intent. Dragging looks; a click without dragging picks.
 *
 * Keys work while the canvas has the focus, so that no letter does anything to those who dictate
 * or type elsewhere on the page (WCAG 2.2, 2.1.4). Escape works everywhere.
 */
import type { Intent } from './intent';

export interface InputOptions {
  readonly canvas: HTMLElement;
  readonly keys: EventTarget;
  readonly intent: Intent;
  /** Something was pressed or dragged: draw again. */
  readonly changed: () => void;
  /** Picked at a place of the canvas, in pixels from its top left. */
  readonly pick: (x: number, y: number) => void;
  readonly command: (command: Command) => void;
  /** Whether the person moves by keyboard just now. */
  readonly byKeyboard: (on: boolean) => void;
  /** Whether the person goes from control to control by keyboard just now. */
  readonly byTab: (on: boolean) => void;
}

export type Command = 'pick-centre' | 'orbit' | 'measured' | 'variant' | 'comment' | 'people' | 'help' | 'escape';

/** Keys by `KeyboardEvent.code`, so that they lie in the same place on every keyboard. */
const FORWARD = ['KeyW', 'ArrowUp'];
const BACK = ['KeyS', 'ArrowDown'];
const TURN_LEFT = ['KeyQ', 'ArrowLeft'];
const TURN_RIGHT = ['KeyE', 'ArrowRight'];
const HELD = new Set([
  ...FORWARD,
  ...BACK,
  ...TURN_LEFT,
  ...TURN_RIGHT,
  'KeyA',
  'KeyD',
  'PageUp',
  'PageDown',
  'ShiftLeft',
  'ShiftRight',
]);
const COMMANDS: Readonly<Record<string, Command>> = {
  Enter: 'pick-centre',
  KeyO: 'orbit',
  KeyM: 'measured',
  KeyV: 'variant',
  KeyC: 'comment',
  KeyP: 'people',
  KeyH: 'help',
  Escape: 'escape',
};

const RADIANS_PER_PIXEL = 0.0042;
const CLICK_PIXELS = 5;
const PIXELS_PER_PINCH = 60;

export function attachInput(options: InputOptions): void {
  const { canvas, keys, intent, changed, pick, command, byKeyboard, byTab } = options;
  const held = new Set<string>();
  const pointers = new Map<number, { x: number; y: number; travelled: number }>();

  function apply(): void {
    const down = (codes: readonly string[]): number => (codes.some((code) => held.has(code)) ? 1 : 0);
    intent.forward = down(FORWARD) - down(BACK);
    intent.strafe = down(['KeyD']) - down(['KeyA']);
    intent.turn = down(TURN_LEFT) - down(TURN_RIGHT);
    intent.look = down(['PageUp']) - down(['PageDown']);
    intent.run = held.has('ShiftLeft') || held.has('ShiftRight');
    changed();
  }

  keys.addEventListener('keydown', (event) => {
    const { code, target, ctrlKey, metaKey, altKey, repeat } = event as KeyboardEvent;
    if (ctrlKey || metaKey || altKey) return;
    if (code === 'Tab') byTab(true);
    const elsewhere = target instanceof Element && target !== canvas;
    if (elsewhere && code !== 'Escape') return;
    if (HELD.has(code)) {
      held.add(code);
      byKeyboard(true);
      event.preventDefault();
      apply();
    } else if (COMMANDS[code] && !repeat) {
      event.preventDefault();
      command(COMMANDS[code]);
    }
  });
  keys.addEventListener('keyup', (event) => {
    if (held.delete((event as KeyboardEvent).code)) apply();
  });
  const letGo = (): void => {
    held.clear();
    apply();
  };
  // Of the window, and of the canvas: what gets the focus gets the keys' release, too.
  keys.addEventListener('blur', letGo);
  canvas.addEventListener('blur', letGo);

  canvas.addEventListener('pointerdown', (event) => {
    byKeyboard(false);
    byTab(false);
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY, travelled: 0 });
  });
  canvas.addEventListener('pointermove', (event) => {
    const pointer = pointers.get(event.pointerId);
    if (!pointer) return;
    const dx = event.clientX - pointer.x;
    const dy = event.clientY - pointer.y;
    if (pointers.size === 2) intent.zoom += pinch(event.pointerId, event.clientX, event.clientY);
    pointer.x = event.clientX;
    pointer.y = event.clientY;
    pointer.travelled += Math.abs(dx) + Math.abs(dy);
    if (pointers.size === 1) {
      intent.dragYaw += dx * RADIANS_PER_PIXEL;
      intent.dragPitch += dy * RADIANS_PER_PIXEL;
    }
    changed();
  });
  const release = (event: PointerEvent): void => {
    const pointer = pointers.get(event.pointerId);
    pointers.delete(event.pointerId);
    if (event.type === 'pointerup' && pointer && pointer.travelled < CLICK_PIXELS) {
      const { left, top } = canvas.getBoundingClientRect();
      pick(event.clientX - left, event.clientY - top);
    }
  };
  canvas.addEventListener('pointerup', release);
  canvas.addEventListener('pointercancel', release);
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      intent.zoom -= event.deltaY / 100;
      changed();
    },
    { passive: false },
  );

  function pinch(id: number, x: number, y: number): number {
    for (const [other, pointer] of pointers) {
      if (other === id) continue;
      const self = pointers.get(id)!;
      const before = Math.hypot(self.x - pointer.x, self.y - pointer.y);
      return (Math.hypot(x - pointer.x, y - pointer.y) - before) / PIXELS_PER_PINCH;
    }
    return 0;
  }
}
