/**
 * Sensors as slim pins over the picture: always the same readable size, thinned where they crowd.
 * On foot, a pin whose place is hidden by a house in between is not shown.
 */
import { Vector3, type Camera } from 'three';

import { sceneToWorld } from '../core/frames';
import { element } from '../ui/dom';
import { layOut, type Card, type Rect } from './card-layout';
import { readingText } from './reading';
import type { Sensor } from './sensors';
import type { Sight } from './sight';

export interface LabelsOptions {
  readonly root: HTMLElement;
  /** What the pins must leave free. */
  readonly controls: readonly HTMLElement[];
  readonly chosen: (sensor: Sensor) => void;
  readonly sight: Sight;
}

export interface Labels {
  /** Makes a pin for each sensor that has a place. */
  sensors(list: readonly Sensor[]): void;
  /** Puts the pins where the camera sees their places; call after the camera moved. */
  arrange(camera: Camera, width: number, height: number, onFoot: boolean): void;
  /**
   * Renews values and ages, and looks again what is hidden; call about once a second.
   *
   * @returns whether other pins are to be shown now.
   */
  texts(serverNowUs: number): boolean;
}

interface Pin extends Card {
  readonly sensor: Sensor;
  readonly root: HTMLElement;
  readonly card: HTMLElement;
  readonly stem: HTMLElement;
  readonly value: HTMLElement;
  readonly age: HTMLElement;
  readonly place: Vector3;
  hidden: boolean;
}

const FARTHEST_ON_FOOT_M = 400;
const MOST_ON_FOOT = 6;
const MOST_FROM_ABOVE = 12;
/** After so long a way it is looked again at once which pins are hidden. */
const LOOK_AGAIN_M = 3;

export function createLabels({ root, controls, chosen, sight }: LabelsOptions): Labels {
  let pins: Pin[] = [];
  let walking = false;
  let measured = false;
  const taken: Rect[] = [];
  const screen = { width: 0, height: 0, taken, most: 0 };
  const projected = new Vector3();
  const eye = new Vector3(Infinity, 0, 0);
  const lookedFrom = new Vector3(Infinity, 0, 0);

  function createPin(sensor: Sensor): Pin {
    const pin = element('div', 'pin');
    const card = element('div', 'card');
    const name = element('span', 'name', sensor.datastream.name);
    const value = element('span', 'value');
    const age = element('span', 'age');
    const stem = element('div', 'stem');
    card.append(name, value, age);
    // The keyboard stays with the city.
    card.addEventListener('mousedown', (event) => event.preventDefault());
    card.addEventListener('click', () => chosen(sensor));
    pin.append(stem, card);
    root.append(pin);
    const place = new Vector3(...sceneToWorld(sensor.datastream.position ?? [0, 0, 0]));
    const nowhere = { x: 0, y: 0, distance: 0, width: 0, height: 0, left: 0, top: 0 };
    return { ...nowhere, sensor, root: pin, card, stem, value, age, place, hidden: false, visible: false, shown: false };
  }

  /** One ray for each pin that could be shown; returns whether something changed. */
  function look(): boolean {
    let changed = false;
    lookedFrom.copy(eye);
    for (const pin of pins) {
      const hidden = walking && pin.distance < FARTHEST_ON_FOOT_M && sight.hidden(eye, pin.place);
      changed ||= hidden !== pin.hidden;
      pin.hidden = hidden;
    }
    return changed;
  }

  /** Sizes of cards and controls; asks the page to lay itself out, so not for each frame. */
  function measure(): void {
    measured = true;
    for (const pin of pins) {
      pin.width = pin.card.offsetWidth;
      pin.height = pin.card.offsetHeight;
    }
    taken.length = 0;
    for (const control of controls) {
      if (control.checkVisibility({ visibilityProperty: true })) taken.push(control.getBoundingClientRect());
    }
  }

  function write(pin: Pin): void {
    pin.root.classList.toggle('seen', pin.shown);
    if (!pin.shown) return;
    const stem = pin.y - pin.top - pin.height;
    pin.card.style.transform = `translate(${pin.left.toFixed(1)}px, ${pin.top.toFixed(1)}px)`;
    pin.stem.style.transform = `translate(${pin.x.toFixed(1)}px, ${(pin.y - stem).toFixed(1)}px) scaleY(${stem.toFixed(1)})`;
  }

  return {
    sensors(list) {
      for (const pin of pins) pin.root.remove();
      pins = list.filter(({ datastream }) => datastream.position !== undefined).map(createPin);
      lookedFrom.x = Infinity;
    },
    arrange(camera, width, height, onFoot) {
      if (pins.length === 0) return;
      if (!measured || width !== screen.width || height !== screen.height) measure();
      eye.setFromMatrixPosition(camera.matrixWorld);
      for (const pin of pins) pin.distance = eye.distanceTo(pin.place);
      if (onFoot !== walking || lookedFrom.distanceTo(eye) > LOOK_AGAIN_M) {
        walking = onFoot;
        look();
      }
      pins.sort(nearestFirst);
      screen.width = width;
      screen.height = height;
      screen.most = onFoot ? MOST_ON_FOOT : MOST_FROM_ABOVE;
      for (const pin of pins) {
        projected.copy(pin.place).project(camera);
        pin.x = ((projected.x + 1) / 2) * width;
        pin.y = ((1 - projected.y) / 2) * height;
        pin.visible = projected.z < 1 && !pin.hidden && (!onFoot || pin.distance < FARTHEST_ON_FOOT_M);
      }
      layOut(pins, screen);
      for (const pin of pins) write(pin);
    },
    texts(serverNowUs) {
      for (const { sensor, root: pin, value, age } of pins) {
        const text = readingText(sensor, serverNowUs);
        pin.classList.toggle('stale', text.stale);
        value.textContent = text.value;
        age.textContent = text.age;
      }
      measured = false;
      return look();
    },
  };
}

function nearestFirst(a: Pin, b: Pin): number {
  return a.distance - b.distance;
}
