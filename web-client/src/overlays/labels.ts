/** Sensors as slim pins over the picture: always the same readable size, thinned where they crowd. */
import { Vector3, type Camera } from 'three';

import { sceneToWorld } from '../core/frames';
import { element } from '../ui/dom';
import { formatClock, formatNumber, strings } from '../ui/strings';
import { ageSeconds, isStale, type Sensor } from './sensors';

export interface Labels {
  /** Makes a pin for each sensor that has a place. */
  sensors(list: readonly Sensor[]): void;
  /** Puts the pins where the camera sees their places; call after the camera moved. */
  arrange(camera: Camera, width: number, height: number): void;
  /** Renews values and ages. */
  texts(serverNowUs: number): void;
}

interface Pin {
  readonly sensor: Sensor;
  readonly root: HTMLElement;
  readonly value: HTMLElement;
  readonly age: HTMLElement;
  readonly place: Vector3;
  distance: number;
  x: number;
  y: number;
}

const FARTHEST_M = 600;
const MOST = 12;
const APART_X_PX = 150;
const APART_Y_PX = 64;

export function createLabels(root: HTMLElement, chosen: (sensor: Sensor) => void): Labels {
  let pins: Pin[] = [];
  const projected = new Vector3();
  const eye = new Vector3();
  const placed: Pin[] = [];

  function createPin(sensor: Sensor): Pin {
    const pin = element('div', 'pin');
    const card = element('div', 'card');
    const name = element('span', 'name', sensor.datastream.name);
    const value = element('span', 'value');
    const age = element('span', 'age');
    card.append(name, value, age);
    card.addEventListener('click', () => chosen(sensor));
    pin.append(card, element('div', 'stem'));
    root.append(pin);
    const place = new Vector3(...sceneToWorld(sensor.datastream.position ?? [0, 0, 0]));
    return { sensor, root: pin, value, age, place, distance: 0, x: 0, y: 0 };
  }

  function crowded(pin: Pin): boolean {
    for (const other of placed) {
      if (Math.abs(other.x - pin.x) < APART_X_PX && Math.abs(other.y - pin.y) < APART_Y_PX) return true;
    }
    return false;
  }

  return {
    sensors(list) {
      for (const pin of pins) pin.root.remove();
      pins = list.filter(({ datastream }) => datastream.position !== undefined).map(createPin);
    },
    arrange(camera, width, height) {
      eye.setFromMatrixPosition(camera.matrixWorld);
      for (const pin of pins) pin.distance = eye.distanceTo(pin.place);
      pins.sort(nearestFirst);
      placed.length = 0;
      for (const pin of pins) {
        projected.copy(pin.place).project(camera);
        pin.x = ((projected.x + 1) / 2) * width;
        pin.y = ((1 - projected.y) / 2) * height;
        const seen =
          placed.length < MOST &&
          pin.distance < FARTHEST_M &&
          projected.z < 1 &&
          Math.abs(projected.x) < 1.05 &&
          Math.abs(projected.y) < 1.05 &&
          !crowded(pin);
        pin.root.classList.toggle('seen', seen);
        if (!seen) continue;
        placed.push(pin);
        pin.root.style.transform = `translate(${pin.x.toFixed(1)}px, ${pin.y.toFixed(1)}px)`;
      }
    },
    texts(serverNowUs) {
      for (const { sensor, root: pin, value, age } of pins) {
        const { reading, datastream } = sensor;
        const stale = isStale(sensor, serverNowUs);
        pin.classList.toggle('stale', stale);
        value.textContent = reading ? `${formatNumber(reading.value)} ${datastream.unit}`.trim() : strings.noValue;
        age.textContent = !reading
          ? ''
          : stale
            ? strings.staleSince(formatClock(reading.timeUs))
            : strings.ago(ageSeconds(sensor, serverNowUs));
      }
    },
  };
}

function nearestFirst(a: Pin, b: Pin): number {
  return a.distance - b.distance;
}
