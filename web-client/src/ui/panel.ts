/** The panel at the edge: a picked feature, the sensors of a place, the help, or what others put there. */
import type { SensorList } from '../overlays/sensor-list';
import type { Sensor } from '../overlays/sensors';
import type { Feature } from '../pick/feature';
import type { StyleRule } from '../protocol/messages';
import { button, element, factList } from './dom';
import { strings } from './strings';

export interface PanelView {
  readonly title: string;
  readonly content: readonly Node[];
  /** What gets the focus; else the heading. */
  readonly focus?: HTMLElement;
  /** It was closed, or gave way to something else. */
  readonly gone?: () => void;
  /** Renews what ages; microseconds since 1970 UTC. */
  readonly tick?: (serverNowUs: number) => void;
}

export interface Panel {
  show(view: PanelView): void;
  /** `actions` stand below the facts. */
  feature(feature: Feature, parent: Feature | undefined, sensors: readonly Sensor[], actions?: readonly Node[]): Promise<void>;
  /** Of a place that is no feature. */
  sensors(title: string, sensors: readonly Sensor[]): Promise<void>;
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
  /** How sensors look. */
  readonly rules: () => readonly StyleRule[];
}

export function createPanel({ root, home, closed, serverNow, rules }: PanelOptions): Panel {
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
  let tick: (serverNowUs: number) => void = nothing;
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
    tick = nothing;
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
    tick = nothing;
    giveWay();
    const back = before instanceof HTMLElement && before !== document.body && before.isConnected ? before : home;
    back.focus({ preventScroll: true });
    closed();
  }

  async function listed(sensors: readonly Sensor[]): Promise<SensorList> {
    const { createSensorList } = await import('../overlays/sensor-list');
    return createSensorList(sensors, rules(), below);
  }

  function openWith(list: SensorList | undefined, title: string, ...content: Node[]): void {
    open(title, ...content);
    tick = list?.tick ?? nothing;
    tick(serverNow());
  }

  return {
    show(view) {
      open(view.title, ...view.content);
      gone = view.gone;
      tick = view.tick ?? nothing;
      tick(serverNow());
      view.focus?.focus({ preventScroll: true });
    },
    async feature(feature, parent, sensors, actions = []) {
      const turn = (asked += 1);
      const [{ featurePage }, list] = await Promise.all([import('./feature-page'), sensors.length > 0 ? listed(sensors) : undefined]);
      if (turn !== asked) return;
      const { title, content } = featurePage(feature, parent, actions);
      const now = list ? [element('h3', '', strings.live), list.root] : [];
      openWith(list, title, ...now, ...content);
    },
    async sensors(title, sensors) {
      const turn = (asked += 1);
      const list = await listed(sensors);
      if (turn === asked) openWith(list, title, list.root);
    },
    help() {
      open(strings.helpTitle, element('p', '', strings.helpText), factList(strings.helpRows));
    },
    belowSensors(make) {
      below = make;
    },
    tick: (serverNowUs) => tick(serverNowUs),
    close: shut,
    root: panel,
    get isOpen() {
      return !panel.hidden;
    },
  };
}

function nothing(): void {
  // Nothing that is shown ages.
}
