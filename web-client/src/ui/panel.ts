/** The panel at the edge: a picked feature, the sensors as a list, the help, or what others put there. */
import { readingText } from '../overlays/reading';
import type { Sensor } from '../overlays/sensors';
import type { Feature } from '../pick/feature';
import { button, element } from './dom';
import { factsOf, headline, kind, type Row } from './facts';
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
  feature(feature: Feature, parent: Feature | undefined, sensors: readonly Sensor[], actions?: readonly Node[]): void;
  sensors(sensors: readonly Sensor[]): void;
  help(): void;
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

  function giveWay(): void {
    const was = gone;
    gone = undefined;
    was?.();
  }

  function open(title: string, ...content: Node[]): void {
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
      list.append(element('dt', '', sensor.datastream.name), cell);
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
    feature(feature, parent, sensors, actions = []) {
      live = [];
      const parts: Node[] = [];
      if (sensors.length > 0) parts.push(element('h3', '', strings.live), sensorList(sensors));
      const title = headline(feature, parent);
      const address = feature.address || parent?.address || '';
      const own = factsOf(feature);
      const whole = parent && factsOf(parent);
      parts.push(
        facts([
          ...row(strings.realityLabel, strings.reality(feature.reality)),
          ...row(strings.className, kind(feature)),
          ...row(strings.address, address === title ? '' : address),
          ...own.main,
        ]),
      );
      if (whole && whole.main.length > 0) parts.push(element('h3', '', strings.wholeBuilding), facts(whole.main));
      const more = [...own.more, ...(whole?.more ?? []).filter((row) => !own.more.some(([label, value]) => label === row[0] && value === row[1])), ...row(strings.partOf, parent?.id), ...row(strings.id, feature.id)];
      parts.push(...actions, folded(strings.allDetails, facts(more), own.main.length === 0));
      open(title, ...parts);
    },
    sensors(sensors) {
      live = [];
      open(strings.sensors, sensors.length > 0 ? sensorList(sensors) : element('p', '', strings.noSensors));
    },
    help() {
      live = [];
      open(strings.helpTitle, element('p', '', strings.helpText), facts(strings.helpRows));
    },
    tick,
    close: shut,
    root: panel,
    get isOpen() {
      return !panel.hidden;
    },
  };
}

function row(label: string, value: string | undefined): Row[] {
  return value ? [[label, value]] : [];
}

function folded(title: string, content: Node, open: boolean): HTMLElement {
  const details = element('details');
  details.open = open;
  details.append(element('summary', '', title), content);
  return details;
}

function facts(rows: readonly Row[]): HTMLElement {
  const list = element('dl', 'facts');
  for (const [label, value] of rows) list.append(element('dt', '', label), element('dd', '', value));
  return list;
}
