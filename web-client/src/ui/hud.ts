/** What lies over the picture: city's name, progress, hint, state of the line, buttons, sources. */
import type { LinkState } from '../net/session';
import type { Making, Manifest } from '../protocol/messages';
import { button, element } from './dom';
import { strings } from './strings';

export interface HudActions {
  readonly orbit: () => void;
  readonly measured: () => void;
  readonly help: () => void;
  readonly retry: () => void;
  readonly leave: () => void;
  /** Gives the keyboard back to the city. */
  readonly toCity: () => void;
  /** Walking by thumb: −1 to 1 each; both 0 when let go. */
  readonly thumb: (forward: number, turn: number) => void;
}

export interface Hud {
  /** Where labels of sensors are put: over the picture, under the controls. */
  readonly labels: HTMLElement;
  readonly tools: HTMLElement;
  /** Sources and tools, at the bottom edge. */
  readonly foot: HTMLElement;
  /** The city's name, and what else is said of all of it. */
  readonly masthead: HTMLElement;
  /** What labels must not lie over; who puts something over the picture adds it. */
  readonly controls: HTMLElement[];
  manifest(manifest: Manifest): void;
  /** What each layer that is there shows: `measured`, `proposed`, … */
  realities(all: readonly string[]): void;
  state(state: LinkState): void;
  /** 0 to 1; 1 hides the line. */
  progress(fraction: number): void;
  /**
   * The city is still being made, or could not be; undefined where neither is known.
   * @param isHere whether there is something of it to see already
   */
  making(making: Making | undefined, isHere: boolean): void;
  notice(text: string): void;
  hideHint(): void;
  /** Shows the middle of the picture to those who pick with Enter. */
  byKeyboard(on: boolean): void;
  /** Shows that the city has the focus to those who go from control to control. */
  byTab(on: boolean): void;
  orbiting(on: boolean): void;
  measured(on: boolean): void;
  /** Spoken by screen readers. */
  announce(text: string): void;
}

const NOTICE_MS = 6000;
const HINT_MS = 12_000;

export function createHud(root: HTMLElement, actions: HudActions): Hud {
  const labels = element('div', 'labels');
  labels.setAttribute('aria-hidden', 'true');
  const title = element('h1', 'title', strings.appName);
  const reality = element('p', 'chip reality');
  reality.hidden = true;
  const line = element('div', 'progress');
  line.setAttribute('role', 'progressbar');
  line.setAttribute('aria-label', strings.loading);
  const bar = element('div', 'bar');
  line.append(bar);
  const hint = element('p', 'hint', matchMedia('(pointer: coarse)').matches ? strings.hintTouch : strings.hintMouse);
  const status = element('div', 'status');
  status.setAttribute('role', 'status');
  const spoken = element('div', 'spoken');
  spoken.setAttribute('aria-live', 'polite');
  const making = element('p', 'making');
  making.hidden = true;
  let toldPart = '';
  const sources = element('footer', 'sources');
  sources.hidden = true;
  const tools = element('nav', 'tools');
  tools.setAttribute('aria-label', strings.tools);
  const orbit = button(strings.orbit, 'tool', actions.orbit);
  const measured = button(strings.measured, 'tool', actions.measured);
  measured.title = strings.measuredHint;
  tools.append(orbit, measured, button(strings.help, 'tool', actions.help));
  for (const toggle of [orbit, measured]) toggle.setAttribute('aria-pressed', 'false');
  // Who presses with mouse or finger walks on by keyboard; who presses by keyboard stays.
  tools.addEventListener('click', ({ detail }) => detail > 0 && actions.toCity(), { capture: true });
  const thumb = createThumb(actions.thumb);
  const top = element('header', 'edge top');
  const masthead = element('div', 'masthead');
  masthead.append(button(strings.leave, 'tool', actions.leave), title, reality);
  top.append(masthead, making, status);
  const bottom = element('div', 'edge bottom');
  // Side by side where both fit, else each in a line of its own.
  const foot = element('div', 'foot');
  foot.append(sources, tools);
  bottom.append(hint, thumb, foot);
  root.append(labels, element('div', 'crosshair'), line, top, bottom, spoken);
  setTimeout(() => hint.classList.add('gone'), HINT_MS);
  let noticeTimer = 0;
  let wasLost = false;
  let shownFraction = -1;

  function say(text: string, lasting: boolean): void {
    clearTimeout(noticeTimer);
    if (status.contains(document.activeElement)) actions.toCity();
    status.replaceChildren(text);
    status.classList.toggle('shown', text !== '');
    if (!lasting) noticeTimer = window.setTimeout(() => status.classList.remove('shown'), NOTICE_MS);
  }

  return {
    labels,
    tools,
    foot,
    masthead,
    controls: [masthead, making, status, hint, thumb, sources, tools],
    manifest(manifest) {
      title.textContent = manifest.title;
      document.title = `${manifest.title} · ${strings.appName}`;
      const texts = manifest.attributions.map(({ text, licence }) => (licence ? `${text} (${licence})` : text));
      sources.textContent = `${strings.sources}: ${texts.join('; ')}`;
      sources.hidden = texts.length === 0;
    },
    realities(all) {
      reality.textContent = strings.realities(all);
      reality.hidden = reality.textContent === '';
    },
    state(state) {
      document.body.dataset.link = state.kind;
      if (state.kind === 'lost') {
        wasLost = true;
        say(strings.lost, true);
        status.append(button(strings.retryNow, 'inline', actions.retry));
      } else if (state.kind === 'open' && wasLost) {
        wasLost = false;
        say(strings.back, false);
      }
    },
    progress(fraction) {
      if (fraction === shownFraction) return;
      shownFraction = fraction;
      bar.style.transform = `scaleX(${fraction})`;
      line.classList.toggle('done', fraction >= 1);
      line.setAttribute('aria-valuenow', String(Math.round(fraction * 100)));
    },
    making(news, isHere) {
      const text = news ? strings.making(news, isHere) : '';
      making.textContent = text;
      making.hidden = text === '' || news?.state === 'done';
      // Each quarter is spoken, not each per cent.
      const part = news ? `${news.state} ${Math.floor(news.done * 4)}` : '';
      if (text !== '' && part !== toldPart) spoken.textContent = text;
      toldPart = part;
    },
    notice: (text) => say(text, false),
    hideHint: () => hint.classList.add('gone'),
    byTab: (on) => document.body.classList.toggle('by-tab', on),
    byKeyboard: (on) => document.body.classList.toggle('by-keyboard', on),
    orbiting(on) {
      orbit.setAttribute('aria-pressed', String(on));
      document.body.classList.toggle('orbiting', on);
    },
    measured(on) {
      measured.setAttribute('aria-pressed', String(on));
    },
    announce(text) {
      spoken.textContent = text;
    },
  };
}

/** The round button for one thumb: pull up to walk, sideways to turn. Shown on touch screens only. */
function createThumb(moved: HudActions['thumb']): HTMLElement {
  const REACH_PX = 40;
  const pad = element('div', 'thumb');
  pad.setAttribute('aria-hidden', 'true');
  pad.title = strings.walkPad;
  const knob = element('div', 'knob');
  pad.append(knob);
  let startX = 0;
  let startY = 0;
  let pointer = -1;
  const clamp = (value: number): number => Math.max(-1, Math.min(1, value));
  function pull(x: number, y: number): void {
    const right = clamp((x - startX) / REACH_PX);
    const up = clamp((startY - y) / REACH_PX);
    knob.style.transform = `translate(${right * REACH_PX * 0.6}px, ${-up * REACH_PX * 0.6}px)`;
    moved(up, Math.abs(right) < 0.2 ? 0 : -right);
  }
  pad.addEventListener('pointerdown', (event) => {
    pad.setPointerCapture(event.pointerId);
    pointer = event.pointerId;
    const { left, top, width, height } = pad.getBoundingClientRect();
    startX = left + width / 2;
    startY = top + height / 2;
    // Holding still walks ahead: a press counts as a pull upwards.
    pull(event.clientX, Math.min(event.clientY, startY - REACH_PX));
  });
  pad.addEventListener('pointermove', (event) => {
    if (event.pointerId === pointer) pull(event.clientX, event.clientY);
  });
  for (const end of ['pointerup', 'pointercancel'] as const) {
    pad.addEventListener(end, () => {
      pointer = -1;
      knob.style.transform = '';
      moved(0, 0);
    });
  }
  return pad;
}
