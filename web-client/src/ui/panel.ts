/** The panel at the edge: a picked feature, the sensors as a list, the help, or what others put there. */
import { readingText } from '../overlays/reading';
import type { Sensor } from '../overlays/sensors';
import type { Feature } from '../pick/feature';
import { button, element, factList } from './dom';
import { formatExact, strings } from './strings';

export interface PanelView {
  readonly title: string;
  readonly content: readonly Node[];
  /** What gets the focus; else the heading. */
  readonly focus?: HTMLElement;
  /** It was closed, or gave way to something else. */
  readonly gone?: () => void;
}

export interface Panel {
  show(view: PanelView): void;
  /** `actions` stand below the facts. */
  feature(feature: Feature, parent: Feature | undefined, sensors: readonly Sensor[], actions?: readonly Node[]): Promise<void>;
  sensors(sensors: readonly Sensor[]): void;
  help(): void;
  /** What stands below each sensor in a list from now on. */
  belowSensors(make: (sensor: Sensor) => readonly Node[]): void;
  /** Renews values and ages of the sensors shown. */
  tick(serverNowUs: number): void;
  close(): void;
  readonly root: HTMLElement;
  readonly isOpen: boolean;
}

export interface PanelOptions {
  readonly root: HTMLElement;
  /** What gets the focus on closing where nothing else had it. */
  readonly home: HTMLElement;
  readonly closed: () => void;
  readonly serverNow: () => number;
}

export function createPanel({ root, home, closed, serverNow }: PanelOptions): Panel {
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
  let gone: (() => void) | undefined;
  /** Changes with whatever comes, or goes, while a feature's page is still being fetched. */
  let asked = 0;
  let below: (sensor: Sensor) => readonly Node[] = () => [];

  function giveWay(): void {
    const was = gone;
    gone = undefined;
    was?.();
  }

  function open(title: string, ...content: Node[]): void {
    asked += 1;
    giveWay();
    if (panel.hidden) before = document.activeElement;
    const inside = panel.contains(document.activeElement);
    heading.textContent = title;
    body.replaceChildren(...content);
    panel.hidden = false;
    body.scrollTop = 0;
    if (!inside || !panel.contains(document.activeElement)) heading.focus({ preventScroll: true });
  }

  function shut(): void {
    asked += 1;
    if (panel.hidden) return;
    panel.hidden = true;
    live = [];
    giveWay();
    const back = before instanceof HTMLElement && before !== document.body && before.isConnected ? before : home;
    back.focus({ preventScroll: true });
    closed();
  }

  function sensorList(sensors: readonly Sensor[]): HTMLElement {
    const list = element('dl', 'facts sensors');
    live = sensors.map((sensor) => {
      const value = element('span', 'value');
      const age = element('span', 'age');
      const cell = element('dd');
      cell.append(value, age);
      list.append(element('dt', '', sensor.datastream.name), cell, ...below(sensor));
      return { sensor, value, age };
    });
    tick(serverNow());
    return list;
  }

  function tick(serverNowUs: number): void {
    for (const { sensor, value, age } of live) {
      const text = readingText(sensor, serverNowUs);
      value.textContent = text.value;
      value.parentElement?.classList.toggle('stale', text.stale);
      age.textContent = text.age;
      if (sensor.reading) age.title = formatExact(sensor.reading.timeUs);
    }
  }

  return {
    show(view) {
      live = [];
      open(view.title, ...view.content);
      gone = view.gone;
      view.focus?.focus({ preventScroll: true });
    },
    async feature(feature, parent, sensors, actions = []) {
      const turn = (asked += 1);
      const { featurePage } = await import('./feature-page');
      if (turn !== asked) return;
      live = [];
      const { title, content } = featurePage(feature, parent, actions);
      const now = sensors.length > 0 ? [element('h3', '', strings.live), sensorList(sensors)] : [];
      open(title, ...now, ...content);
    },
    sensors(sensors) {
      live = [];
      open(strings.sensors, sensors.length > 0 ? sensorList(sensors) : element('p', '', strings.noSensors));
    },
    help() {
      live = [];
      open(strings.helpTitle, element('p', '', strings.helpText), factList(strings.helpRows));
    },
    belowSensors(make) {
      below = make;
    },
    tick,
    close: shut,
    root: panel,
    get isOpen() {
      return !panel.hidden;
    },
  };
}
