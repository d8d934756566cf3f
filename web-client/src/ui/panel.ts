/** The panel at the edge: a picked feature, the sensors as a list, or the help. */
import { ageSeconds, isStale, type Sensor } from '../overlays/sensors';
import type { Attribute, Feature } from '../pick/feature';
import { button, element } from './dom';
import { formatClock, formatExact, formatNumber, plainLabel, strings } from './strings';

export interface Panel {
  feature(feature: Feature, parent: Feature | undefined, sensors: readonly Sensor[]): void;
  sensors(sensors: readonly Sensor[]): void;
  help(): void;
  /** Renews values and ages of the sensors shown. */
  tick(serverNowUs: number): void;
  close(): void;
  readonly isOpen: boolean;
}

export interface PanelOptions {
  readonly root: HTMLElement;
  readonly closed: () => void;
  readonly serverNow: () => number;
}

export function createPanel({ root, closed, serverNow }: PanelOptions): Panel {
  const panel = element('section', 'panel');
  panel.setAttribute('role', 'dialog');
  panel.hidden = true;
  const heading = element('h2');
  heading.id = 'panel-heading';
  heading.tabIndex = -1;
  panel.setAttribute('aria-labelledby', heading.id);
  const close = button(strings.close, 'close', () => shut());
  const head = element('div', 'panel-head');
  head.append(heading, close);
  const body = element('div', 'panel-body');
  body.tabIndex = 0;
  body.setAttribute('role', 'group');
  body.setAttribute('aria-labelledby', heading.id);
  panel.append(head, body);
  root.append(panel);
  panel.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') shut();
  });
  let live: { readonly sensor: Sensor; readonly value: HTMLElement; readonly age: HTMLElement }[] = [];
  let before: Element | null = null;

  function open(title: string, ...content: Node[]): void {
    if (panel.hidden) before = document.activeElement;
    heading.textContent = title;
    body.replaceChildren(...content);
    panel.hidden = false;
    heading.focus({ preventScroll: true });
  }

  function shut(): void {
    if (panel.hidden) return;
    panel.hidden = true;
    live = [];
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    closed();
  }

  function sensorList(sensors: readonly Sensor[]): HTMLElement {
    const list = element('dl', 'facts sensors');
    live = sensors.map((sensor) => {
      const value = element('span', 'value');
      const age = element('span', 'age');
      const cell = element('dd');
      cell.append(value, age);
      list.append(element('dt', '', sensor.datastream.name), cell);
      return { sensor, value, age };
    });
    tick(serverNow());
    return list;
  }

  function tick(serverNowUs: number): void {
    for (const { sensor, value, age } of live) {
      const { reading, datastream } = sensor;
      value.textContent = reading ? `${formatNumber(reading.value)} ${datastream.unit}`.trim() : strings.noValue;
      const stale = isStale(sensor, serverNowUs);
      value.parentElement?.classList.toggle('stale', stale);
      age.textContent = !reading
        ? ''
        : stale
          ? strings.staleSince(formatClock(reading.timeUs))
          : strings.ago(ageSeconds(sensor, serverNowUs));
      if (reading) age.title = formatExact(reading.timeUs);
    }
  }

  return {
    feature(feature, parent, sensors) {
      live = [];
      const parts: Node[] = [];
      if (sensors.length > 0) parts.push(element('h3', '', strings.live), sensorList(sensors));
      parts.push(
        facts([
          ...row(strings.className, spacedClass(feature.className)),
          ...row(strings.address, feature.address || parent?.address),
          ...row(strings.partOf, parent && (parent.name || parent.id)),
          ...feature.attributes.map(readable),
          ...row(strings.id, feature.id),
        ]),
      );
      if (parent && parent.attributes.length > 0) {
        parts.push(element('h3', '', strings.wholeBuilding), facts(parent.attributes.map(readable)));
      }
      open(headline(feature, parent), ...parts);
    },
    sensors(sensors) {
      open(strings.sensors, sensors.length > 0 ? sensorList(sensors) : element('p', '', strings.noSensors));
    },
    help() {
      live = [];
      open(strings.helpTitle, facts(strings.helpRows));
    },
    tick,
    close: shut,
    get isOpen() {
      return !panel.hidden;
    },
  };
}

/** `BuildingPart` → `Building part`. */
function spacedClass(name: string): string {
  return plainLabel(name.charAt(0).toLowerCase() + name.slice(1));
}

/** A name with letters in it, else the address, else whatever number the source calls it by. */
function headline(feature: Feature, parent: Feature | undefined): string {
  const names = [feature.name, parent?.name ?? ''];
  const spoken = names.find((name) => /\p{L}{2}/u.test(name));
  return spoken || feature.address || parent?.address || names.find(Boolean) || strings.unnamed;
}

function row(label: string, value: string | undefined): (readonly [string, string])[] {
  return value ? [[label, value]] : [];
}

function readable({ label, value }: Attribute): readonly [string, string] {
  const text =
    typeof value === 'boolean' ? (value ? strings.yes : strings.no) : typeof value === 'number' ? formatNumber(value) : value;
  return [plainLabel(label), text];
}

function facts(rows: readonly (readonly [string, string])[]): HTMLElement {
  const list = element('dl', 'facts');
  for (const [label, value] of rows) list.append(element('dt', '', label), element('dd', '', value));
  return list;
}
