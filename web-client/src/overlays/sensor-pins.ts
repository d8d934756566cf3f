/** Sensors as pins: name, latest value and its age. */
import { sceneToWorld } from '../core/frames';
import { element } from '../ui/dom';
import type { Pin, PinKind, Pins } from './pins';
import { readingText } from './reading';
import type { Sensor } from './sensors';
import { OWN_HOUSE_M } from './sight';

export interface SensorPins {
  /** Makes a pin for each sensor that has a place. */
  sensors(list: readonly Sensor[]): void;
  /** Renews values and ages. */
  texts(serverNowUs: number): void;
}

interface SensorPin {
  readonly sensor: Sensor;
  readonly pin: Pin;
  readonly value: HTMLElement;
  readonly age: HTMLElement;
}

const KIND: PinKind = { className: 'sensor', stem: 40, most: 6, mostFromAbove: 12, farthest: 400, own: OWN_HOUSE_M };

export function createSensorPins(pins: Pins, chosen: (sensor: Sensor) => void): SensorPins {
  let shown: SensorPin[] = [];

  function createPin(sensor: Sensor): SensorPin {
    const name = element('span', 'name', sensor.datastream.name);
    const value = element('span', 'value');
    const age = element('span', 'age');
    const pin = pins.add(KIND, [name, value, age], () => chosen(sensor));
    pin.place.set(...sceneToWorld(sensor.datastream.position ?? [0, 0, 0]));
    return { sensor, pin, value, age };
  }

  return {
    sensors(list) {
      for (const { pin } of shown) pin.remove();
      shown = list.filter(({ datastream }) => datastream.position !== undefined).map(createPin);
    },
    texts(serverNowUs) {
      for (const { sensor, pin, value, age } of shown) {
        const text = readingText(sensor, serverNowUs);
        pin.root.classList.toggle('stale', text.stale);
        value.textContent = text.value;
        age.textContent = text.age;
      }
    },
  };
}
