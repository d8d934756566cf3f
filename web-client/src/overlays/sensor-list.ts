/** Sensors in the panel: value, word, age, and where it comes from. */
import type { StyleRule } from '../protocol/messages';
import { element, write } from '../ui/dom';
import { liveStrings } from '../ui/live-strings';
import { formatExact } from '../ui/strings';
import { cssOf } from './palette';
import { plainName, readingText } from './reading';
import { colourOf } from './scale';
import type { Sensor } from './sensors';
import { styleFor } from './style';

export interface SensorList {
  readonly root: HTMLElement;
  /** Renews values and ages. */
  tick(serverNowUs: number): void;
}

/** @param below what stands below each sensor. */
export function createSensorList(sensors: readonly Sensor[], rules: readonly StyleRule[], below: (sensor: Sensor) => readonly Node[]): SensorList {
  const root = element('dl', 'facts sensors');
  const rows = sensors.map((sensor) => {
    const row = createReadingRow(sensor, rules);
    const cell = element('dd');
    cell.append(row.root);
    root.append(element('dt', '', plainName(sensor.datastream.name, sensor.datastream.reality)), cell, ...below(sensor));
    return row;
  });
  return {
    root,
    tick(serverNowUs) {
      for (const row of rows) row.tick(serverNowUs);
    },
  };
}

export interface ReadingRow {
  readonly root: HTMLElement;
  tick(serverNowUs: number): void;
}

/** Value and word, with its colour beside; age or what speaks against it; reality, source and licence. */
export function createReadingRow(sensor: Sensor, rules: readonly StyleRule[]): ReadingRow {
  const root = element('div', 'reading');
  const swatch = element('span', 'live-swatch');
  swatch.setAttribute('aria-hidden', 'true');
  const value = element('span', 'value');
  const words = element('span', 'words');
  const age = element('span', 'age');
  const source = element('span', 'source');
  root.append(swatch, value, ' ', words, age, source);

  return {
    root,
    tick(serverNowUs) {
      const { datastream, reading } = sensor;
      const style = styleFor(rules, datastream);
      const text = readingText(sensor, style, serverNowUs);
      write(value, text.value);
      write(words, text.words);
      write(age, text.age);
      write(source, [text.reality, liveStrings.source(datastream.attribution, datastream.licence)].filter(Boolean).join(' · '));
      root.classList.toggle('doubtful', text.doubtful);
      swatch.hidden = !style.scale || !reading;
      if (style.scale && reading) swatch.style.background = cssOf(colourOf(style.scale, reading.value));
      if (reading) age.title = formatExact(reading.timeUs);
    },
  };
}
