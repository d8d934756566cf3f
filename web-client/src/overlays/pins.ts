/**
 * Slim pins over the picture, whatever they tell of: always the same readable size, thinned where
 * they crowd. On foot, a pin whose place is hidden by a house in between is not shown.
 */
import { Vector3, type Camera } from 'three';

import { element } from '../ui/dom';
import { layOut, type Card, type CardKind, type Rect } from './card-layout';
import type { Sight } from './sight';

export interface PinsOptions {
  readonly root: HTMLElement;
  /** What the pins must leave free. */
  readonly controls: readonly HTMLElement[];
  readonly sight: Sight;
}

export interface PinKind extends CardKind {
  readonly className: string;
  /** Not shown to walkers farther away, metres. */
  readonly farthest: number;
  /** What is this near to the place belongs to it, metres. */
  readonly own: number;
}

export interface Pin {
  readonly root: HTMLElement;
  readonly card: HTMLElement;
  /** World frame; may be moved. */
  readonly place: Vector3;
  /** Whether it may be shown at all. */
  wanted: boolean;
  readonly shown: boolean;
  remove(): void;
}

export interface Pins {
  /** @param press what a press on the card does; without, the card lets presses through. */
  add(kind: PinKind, content: readonly Node[], press?: () => void): Pin;
  /** Puts the pins where the camera sees their places; call after the camera or a place moved. */
  arrange(camera: Camera, width: number, height: number, onFoot: boolean): void;
  /**
   * Measures the cards and what lies over the picture, and looks again what is hidden; call about once a second, and after what
   * cards say was changed.
   *
   * @returns whether other pins are to be shown now.
   */
  renew(): boolean;
}

interface PlacedPin extends Pin, Card {
  readonly kind: PinKind;
  readonly stem: HTMLElement;
  shown: boolean;
  hidden: boolean;
}

/** After so long a way it is looked again at once which pins are hidden. */
const LOOK_AGAIN_M = 3;
/** Farther off, a card would hide the city that it tells of. */
const FARTHEST_FROM_ABOVE_M = 1500;
/** Rays for no more pins than this, nearest first. */
const MOST_RAYS = 48;

export function createPins({ root, controls, sight }: PinsOptions): Pins {
  const pins: PlacedPin[] = [];
  let walking = false;
  let measured = false;
  const taken: Rect[] = [];
  const screen = { width: 0, height: 0, taken, onFoot: false };
  const projected = new Vector3();
  const eye = new Vector3(Infinity, 0, 0);
  const lookedFrom = new Vector3(Infinity, 0, 0);

  /** One ray for each pin that could be shown; returns whether something changed. */
  function look(): boolean {
    let changed = false;
    let rays = 0;
    lookedFrom.copy(eye);
    for (const pin of pins) {
      const inReach = walking && pin.wanted && pin.distance < pin.kind.farthest && rays < MOST_RAYS;
      if (inReach) rays += 1;
      const hidden = inReach && sight.hidden(eye, pin.place, pin.kind.own);
      changed ||= hidden !== pin.hidden;
      pin.hidden = hidden;
    }
    return changed;
  }

  /**
   * Sizes of cards and controls; asks the page to lay itself out, so best between two frames.
   *
   * @returns whether there is room elsewhere than before.
   */
  function measure(): boolean {
    measured = true;
    const before = edgesOf(taken);
    for (const pin of pins) {
      pin.width = pin.card.offsetWidth;
      pin.height = pin.card.offsetHeight;
    }
    taken.length = 0;
    for (const control of controls) {
      if (!control.checkVisibility({ visibilityProperty: true })) continue;
      // Beside the parts of a row that wraps there is room.
      const parts = getComputedStyle(control).flexWrap === 'wrap' ? control.children : [control];
      for (const part of parts) taken.push(part.getBoundingClientRect());
    }
    return edgesOf(taken) !== before;
  }

  function write(pin: PlacedPin): void {
    pin.root.classList.toggle('seen', pin.shown);
    if (!pin.shown) return;
    const stem = pin.y - pin.top - pin.height;
    pin.card.style.transform = `translate(${pin.left.toFixed(1)}px, ${pin.top.toFixed(1)}px)`;
    pin.stem.style.transform = `translate(${pin.x.toFixed(1)}px, ${(pin.y - stem).toFixed(1)}px) scaleY(${stem.toFixed(1)})`;
  }

  return {
    add(kind, content, press) {
      const made = element('div', `pin ${kind.className}`);
      const card = element('div', 'card');
      const stem = element('div', 'stem');
      card.append(...content);
      if (press) {
        // The keyboard stays with the city.
        card.addEventListener('mousedown', (event) => event.preventDefault());
        card.addEventListener('click', press);
      }
      made.append(stem, card);
      root.append(made);
      const nowhere = { x: 0, y: 0, distance: 0, width: 0, height: 0, left: 0, top: 0 };
      const states = { wanted: true, visible: false, shown: false, hidden: false };
      const place = new Vector3();
      const pin: PlacedPin = { ...nowhere, ...states, kind, root: made, card, stem, place, remove };
      function remove(): void {
        pins.splice(pins.indexOf(pin), 1);
        made.remove();
      }
      pins.push(pin);
      measured = false;
      lookedFrom.x = Infinity;
      return pin;
    },
    arrange(camera, width, height, onFoot) {
      if (pins.length === 0) return;
      if (!measured || width !== screen.width || height !== screen.height) measure();
      eye.setFromMatrixPosition(camera.matrixWorld);
      for (const pin of pins) pin.distance = eye.distanceTo(pin.place);
      pins.sort(nearestFirst);
      if (onFoot !== walking || lookedFrom.distanceTo(eye) > LOOK_AGAIN_M) {
        walking = onFoot;
        look();
      }
      screen.width = width;
      screen.height = height;
      screen.onFoot = onFoot;
      for (const pin of pins) {
        projected.copy(pin.place).project(camera);
        pin.x = ((projected.x + 1) / 2) * width;
        pin.y = ((1 - projected.y) / 2) * height;
        pin.visible = pin.wanted && projected.z < 1 && !pin.hidden && pin.distance < (onFoot ? pin.kind.farthest : FARTHEST_FROM_ABOVE_M);
      }
      layOut(pins, screen);
      for (const pin of pins) write(pin);
    },
    renew() {
      const hasMoved = measure();
      return look() || hasMoved;
    },
  };
}

function edgesOf(rects: readonly Rect[]): string {
  return rects.map(({ left, top, right, bottom }) => [left, top, right, bottom]).join();
}

function nearestFirst(a: PlacedPin, b: PlacedPin): number {
  return a.distance - b.distance;
}
