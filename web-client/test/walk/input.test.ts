// @vitest-environment happy-dom
import { beforeEach, expect, it } from 'vitest';

import { attachInput } from '../../src/walk/input';
import { createIntent, isStill, settleIntent, type Intent } from '../../src/walk/intent';

let intent: Intent;
let commands: string[];
let picks: number[][];
let canvas: HTMLElement;
let keys: EventTarget;
let tabbed: boolean[];

beforeEach(() => {
  intent = createIntent();
  commands = [];
  picks = [];
  canvas = document.createElement('div');
  canvas.setPointerCapture = () => undefined;
  keys = new EventTarget();
  tabbed = [];
  attach(keys);
});

function attach(target: EventTarget): void {
  attachInput({
    canvas,
    keys: target,
    intent,
    changed: () => undefined,
    pick: (x, y) => picks.push([x, y]),
    command: (command) => commands.push(command),
    byKeyboard: () => undefined,
    byTab: (on) => tabbed.push(on),
  });
}

function key(type: 'keydown' | 'keyup', code: string): void {
  keys.dispatchEvent(new KeyboardEvent(type, { code }));
}

function pointer(type: string, x: number, y: number, id = 1): void {
  canvas.dispatchEvent(new PointerEvent(type, { pointerId: id, clientX: x, clientY: y }));
}

it('walks, turns and runs by keyboard alone', () => {
  key('keydown', 'KeyW');
  key('keydown', 'KeyQ');
  key('keydown', 'ShiftLeft');
  expect(intent).toMatchObject({ forward: 1, turn: 1, run: true });
  key('keyup', 'KeyW');
  key('keydown', 'ArrowDown');
  expect(intent.forward).toBe(-1);
});

it('stands still when the window loses the keyboard', () => {
  key('keydown', 'KeyW');
  keys.dispatchEvent(new Event('blur'));
  expect(isStill(intent)).toBe(true);
});

it('gives commands by key', () => {
  for (const code of ['Enter', 'KeyO', 'KeyM', 'KeyH', 'Escape']) key('keydown', code);
  expect(commands).toEqual(['pick-centre', 'orbit', 'measured', 'help', 'escape']);
});

it('leaves every key but Escape to the control that has the focus', () => {
  const button = document.body.appendChild(document.createElement('button'));
  attach(document.body);
  for (const code of ['KeyW', 'ArrowUp', 'Enter', 'KeyO', 'KeyM', 'KeyH', 'Escape']) {
    button.dispatchEvent(new KeyboardEvent('keydown', { code, bubbles: true }));
    document.body.dispatchEvent(new KeyboardEvent('keydown', { code }));
  }
  expect(isStill(intent)).toBe(true);
  expect(commands).toEqual(['escape', 'escape']);
});

it('hears the keys of the focused city', () => {
  document.body.append(canvas);
  attach(document.body);
  canvas.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyW', bubbles: true }));
  expect(intent.forward).toBe(1);
  canvas.dispatchEvent(new FocusEvent('blur'));
  expect(intent.forward).toBe(0);
});

it('knows who goes from control to control by keyboard', () => {
  key('keydown', 'Tab');
  pointer('pointerdown', 1, 1);
  expect(tabbed).toEqual([true, false]);
});

it('looks by dragging and picks by a click without dragging', () => {
  pointer('pointerdown', 100, 100);
  pointer('pointermove', 140, 90);
  pointer('pointerup', 140, 90);
  expect(intent.dragYaw).toBeGreaterThan(0);
  expect(intent.dragPitch).toBeLessThan(0);
  expect(picks).toEqual([]);
  settleIntent(intent);
  pointer('pointerdown', 30, 40);
  pointer('pointerup', 31, 40);
  expect(picks).toEqual([[31, 40]]);
});

it('zooms by pinching', () => {
  pointer('pointerdown', 100, 100, 1);
  pointer('pointerdown', 200, 100, 2);
  pointer('pointermove', 260, 100, 2);
  expect(intent.zoom).toBeGreaterThan(0);
  expect(intent.dragYaw).toBe(0);
});
