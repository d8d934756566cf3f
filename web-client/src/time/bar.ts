/** The bar at the bottom that leads through the past, and the sign beside the city's name that says so. */
import { sunPosition } from '../city/sun';
import type { Place } from '../city/time-of-day';
import { button, element, write } from '../ui/dom';
import { dayWord, momentWords, startOfDay, timeStrings as strings } from '../ui/time-strings';
import './bar.css';

export interface BarActions {
  readonly goTo: (ms: number) => void;
  /** The slider has come to rest. */
  readonly rest: () => void;
  readonly step: (ms: number) => void;
  readonly play: (speed: number) => void;
  readonly pause: () => void;
  readonly live: () => void;
  readonly close: () => void;
}

export interface Shown {
  /** Milliseconds since 1970 UTC; undefined: now. */
  readonly moment: number | undefined;
  readonly nowMs: number;
  readonly speed: number;
  /** What there is to say of the recording, or "". */
  readonly said: string;
  readonly place: Place;
}

export interface Bar {
  readonly root: HTMLElement;
  /** Shown wherever the past is looked at, with the way back. */
  readonly sign: HTMLElement;
  show(shown: Shown): void;
  focus(): void;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAYS = 8;
const STEP_MINUTES = 5;
const OTHER = 'other';
/** It begins to get dark, and how far lower the sun is when it is: radians. */
const DUSK_RAD = 0.05;
const TWILIGHT_RAD = 0.2;

export function createBar(actions: BarActions): Bar {
  const root = element('section', 'past-bar');
  root.setAttribute('aria-label', strings.bar);
  const said = element('p', 'past-said');
  const note = element('p', 'past-note');
  note.setAttribute('role', 'status');
  const day = element('select');
  day.setAttribute('aria-label', strings.day);
  const date = element('input');
  date.type = 'date';
  date.setAttribute('aria-label', strings.chooseDay);
  date.hidden = true;
  const slider = element('input', 'past-slider');
  slider.type = 'range';
  slider.min = '0';
  slider.max = String(24 * 60);
  slider.step = String(STEP_MINUTES);
  slider.setAttribute('aria-label', strings.clock);
  const play = button('', 'tool', () => (speed > 0 ? actions.pause() : actions.play(Number(pace.value))));
  const pace = element('select');
  pace.setAttribute('aria-label', strings.speed);
  pace.append(...strings.speeds.map(([value, words]) => option(words, String(value))));
  pace.value = '600';
  const back = sign(strings.hourBack, () => actions.step(-HOUR_MS));
  const on = sign(strings.hourOn, () => actions.step(HOUR_MS));
  const live = button(strings.live, 'tool primary', () => actions.live());
  const close = sign(strings.close, () => actions.close());
  const controls = element('div', 'past-row');
  controls.append(said, note, day, date, back, on, play, pace, live, close);
  root.append(controls, slider);

  const chip = element('div', 'past-sign');
  const chipSaid = element('p', 'chip');
  chip.append(chipSaid, button(strings.live, 'tool', () => actions.live()));

  let speed = 0;
  let nowMs = 0;
  /** Midnight of the day that the slider leads through. */
  let midnight = 0;
  let listed = 0;
  let shaded = '';

  slider.addEventListener('input', () => actions.goTo(midnight + Number(slider.value) * MINUTE_MS));
  slider.addEventListener('change', () => actions.rest());
  day.addEventListener('change', () => {
    date.hidden = day.value !== OTHER;
    if (day.value === OTHER) date.focus();
    else toDay(Number(day.value));
  });
  date.addEventListener('change', () => {
    const [year, month, number] = date.value.split('-').map(Number);
    if (date.value) toDay(new Date(year, month - 1, number).getTime());
  });
  pace.addEventListener('change', () => speed > 0 && actions.play(Number(pace.value)));
  root.addEventListener('keydown', (event) => {
    // The arrows move the slider, not the walker.
    event.stopPropagation();
    if (event.key === 'Escape') actions.close();
  });

  /** The same time of another day. */
  function toDay(begin: number): void {
    actions.goTo(begin + Math.min(Number(slider.value), minutesOf(begin) - STEP_MINUTES) * MINUTE_MS);
    actions.rest();
  }

  function listDays(): void {
    const today = startOfDay(nowMs);
    const known = [...day.options].some(({ value }) => value === String(midnight));
    if (today === listed && known) return;
    listed = today;
    const days = Array.from({ length: DAYS }, (_, back) => startOfDay(today - back * 24 * HOUR_MS + 12 * HOUR_MS));
    if (!days.includes(midnight)) days.push(midnight);
    day.replaceChildren(...days.map((begin) => option(dayWord(begin, nowMs), String(begin))), option(strings.otherDay, OTHER));
    date.max = isoDay(today);
  }

  /** Dark behind the hours without sun. */
  function shade({ lon, lat }: Place): void {
    const key = `${midnight} ${lon} ${lat}`;
    if (key === shaded) return;
    shaded = key;
    const stops: string[] = [];
    const hours = minutesOf(midnight) / 60;
    for (let quarter = 0; quarter <= hours * 4; quarter += 1) {
      const { elevation } = sunPosition(midnight + (quarter * HOUR_MS) / 4, lon, lat);
      const dark = Math.max(0, Math.min(1, (DUSK_RAD - elevation) / TWILIGHT_RAD));
      stops.push(`color-mix(in srgb, var(--past-day), var(--past-night) ${Math.round(dark * 100)}%) ${((quarter / hours / 4) * 100).toFixed(1)}%`);
    }
    slider.style.setProperty('--past-sky', `linear-gradient(to right, ${stops.join(', ')})`);
  }

  return {
    root,
    sign: chip,
    show(shown) {
      ({ speed, nowMs } = shown);
      const { moment } = shown;
      const at = moment ?? nowMs;
      midnight = startOfDay(at);
      listDays();
      day.value = String(midnight);
      date.hidden = true;
      shade(shown.place);
      const words = moment === undefined ? strings.isLive : strings.past(moment, nowMs);
      write(said, words);
      write(note, shown.said);
      slider.max = String(minutesOf(midnight));
      slider.value = String(Math.round((at - midnight) / MINUTE_MS));
      slider.setAttribute('aria-valuetext', moment === undefined ? strings.isLive : momentWords(at, nowMs));
      const isPast = moment !== undefined;
      write(play, speed > 0 ? strings.pause : strings.play);
      for (const control of [play, live, on]) control.disabled = !isPast;
      root.classList.toggle('is-past', isPast);
      chip.hidden = !isPast;
      if (isPast) write(chipSaid, words);
    },
    focus: () => slider.focus(),
  };
}

/** Days with a change of the clocks are an hour longer or shorter. */
function minutesOf(midnight: number): number {
  return Math.round((startOfDay(midnight + 36 * HOUR_MS) - midnight) / MINUTE_MS);
}

function isoDay(ms: number): string {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function sign([text, label]: readonly [string, string], press: () => void): HTMLButtonElement {
  const made = button(text, 'tool', press);
  made.setAttribute('aria-label', label);
  made.title = label;
  return made;
}

function option(text: string, value: string): HTMLOptionElement {
  const made = element('option', '', text);
  made.value = value;
  return made;
}
