/** Sensors as pins: name, latest value in its colour, the word for it, and its age. */
import { element, write } from '../ui/dom';
import type { From } from './marker';
import { cssGradient, cssOf } from './palette';
import type { Pin, PinKind, Pins } from './pins';
import { readingText } from './reading';
import { colourOf, shareOf, stepColour, type Scale } from './scale';
import type { Sensor } from './sensors';
import { OWN_HOUSE_M } from './sight';
import { firstStands, standName, type Stand } from './stands';

export interface SensorPins {
  /** From now on these are told of; call again after one has gone some way. */
  show(stands: readonly Stand[], from: From): void;
  /** Renews values and ages. */
  texts(serverNowUs: number): void;
}

interface SensorPin {
  readonly pin: Pin;
  update(stand: Stand): void;
  tick(serverNowUs: number): void;
}

const KIND: PinKind = { className: 'sensor', stem: 40, most: 6, mostFromAbove: 12, farthest: 400, own: OWN_HOUSE_M };
/** Who sees a building in its colour needs no number on each of them. */
const BUILDING: PinKind = { ...KIND, most: 2, mostFromAbove: 3, farthest: 60 };
/** More are never measured; of these the page shows those that find room. */
export const MOST_PINS = 32;

export function createSensorPins(pins: Pins, chosen: (sensor: Sensor) => void): SensorPins {
  const shown = new Map<string, SensorPin>();

  return {
    show(stands, from) {
      const gone = new Set(shown.keys());
      for (const stand of firstStands(stands, from, MOST_PINS)) {
        gone.delete(stand.key);
        let pin = shown.get(stand.key);
        if (!pin) shown.set(stand.key, (pin = createSensorPin(pins, stand, chosen)));
        pin.update(stand);
      }
      for (const key of gone) {
        shown.get(key)!.pin.remove();
        shown.delete(key);
      }
    },
    texts(serverNowUs) {
      for (const pin of shown.values()) pin.tick(serverNowUs);
    },
  };
}

function createSensorPin(pins: Pins, first: Stand, chosen: (sensor: Sensor) => void): SensorPin {
  let stand = first;
  const name = element('span', 'name');
  const value = element('span', 'value');
  const words = element('span', 'words');
  const said = element('span', 'said');
  said.append(value, words);
  const bar = element('span', 'scale');
  const mark = element('span', 'mark');
  bar.append(mark);
  const age = element('span', 'age');
  const pin = pins.add(first.style.look === 'surface' ? BUILDING : KIND, [name, said, bar, age], () => chosen(stand.sensor));

  return {
    pin,
    update(next) {
      stand = next;
      pin.place.set(...stand.place);
      const { style: { scale } } = stand;
      const called = standName(stand);
      write(name, `${called.name} ${called.more}`.trim());
      bar.hidden = !scale;
      if (scale) bar.style.background = scaleImage(scale);
    },
    tick(serverNowUs) {
      const { sensor, style } = stand;
      const text = readingText(sensor, style, serverNowUs);
      pin.root.classList.toggle('doubtful', text.doubtful);
      write(value, text.value);
      write(words, text.words);
      write(age, [text.reality, text.age].filter(Boolean).join(' · '));
      const { scale } = style;
      mark.hidden = !sensor.reading;
      if (!scale || !sensor.reading) return;
      mark.style.left = `${(100 * markOf(scale, sensor.reading.value)).toFixed(1)}%`;
      pin.root.style.setProperty('--value', cssOf(colourOf(scale, sensor.reading.value)));
    },
  };
}

/** Its steps side by side, as wide as each other; or all of its shades. */
export function scaleImage(scale: Scale): string {
  const { steps, palette } = scale;
  if (steps.length === 0) return cssGradient(palette);
  const bands = steps.map((_, i) => `${cssOf(stepColour(scale, i))} ${(100 * i) / steps.length}% ${(100 * (i + 1)) / steps.length}%`);
  return `linear-gradient(90deg, ${bands.join(', ')})`;
}

/** Where on that image a value is, 0 to 1. */
export function markOf(scale: Scale, value: number): number {
  const { steps, low, high } = scale;
  if (steps.length === 0) return shareOf(scale, value);
  const ends = [Math.min(low, steps[0].from), ...steps.slice(1).map(({ from }) => from), Math.max(high, steps[steps.length - 1].from)];
  let i = 0;
  while (i + 2 < ends.length && value >= ends[i + 1]) i += 1;
  const width = ends[i + 1] - ends[i];
  const within = width > 0 ? Math.max(0, Math.min(1, (value - ends[i]) / width)) : 1;
  return (i + within) / steps.length;
}
