/** The hour of the day, moved by hand: one button that says it, and a slider behind it. */
import { clockText } from '../city/time-of-day';
import { button, element } from './dom';
import { strings } from './strings';

/** What the control shows and moves. */
export interface ShownHour {
  set(text: string): boolean;
  setMinute(minute: number): void;
  /** Since midnight. */
  readonly minute: number;
  /** 0 to 11 */
  readonly month: number;
}

export interface TimeControl {
  /** The hour has changed. */
  update(): void;
}

const STEP_MINUTES = 5;
const LAST_MINUTE = 24 * 60 - STEP_MINUTES;

/** @param tools where the button goes; the slider opens above it. */
export function createTimeControl(tools: HTMLElement, hour: ShownHour): TimeControl {
  const opener = button('', 'tool', () => open(sheet.hidden !== false));
  const sheet = element('div', 'hour');
  sheet.id = 'hour';
  sheet.hidden = true;
  sheet.setAttribute('role', 'group');
  sheet.setAttribute('aria-label', strings.timeOfDay);
  opener.setAttribute('aria-controls', sheet.id);
  const said = element('p', 'hour-said');
  const slider = element('input', 'hour-slider');
  slider.type = 'range';
  slider.min = '0';
  slider.max = String(LAST_MINUTE);
  slider.step = String(STEP_MINUTES);
  slider.setAttribute('aria-label', strings.timeOfDay);
  slider.addEventListener('input', () => hour.setMinute(Number(slider.value)));
  const now = button(strings.now, 'inline', () => void hour.set('now'));
  const row = element('div', 'hour-row');
  row.append(slider, now);
  sheet.append(said, row, element('p', 'hour-note', strings.skyNote));
  sheet.addEventListener('keydown', (event) => {
    // The arrows move the slider, not the walker.
    event.stopPropagation();
    if (event.key === 'Escape') open(false);
  });
  tools.prepend(opener);
  tools.append(sheet);

  function open(wanted: boolean): void {
    sheet.hidden = !wanted;
    opener.setAttribute('aria-expanded', String(wanted));
    if (wanted) slider.focus();
    else if (sheet.contains(document.activeElement)) opener.focus();
  }

  function update(): void {
    const clock = clockText(hour.minute);
    const text = strings.clearDay(hour.month, clock);
    opener.textContent = clock;
    opener.setAttribute('aria-label', `${strings.timeOfDay}: ${text}`);
    said.textContent = text;
    slider.value = String(Math.min(LAST_MINUTE, Math.round(hour.minute)));
    slider.setAttribute('aria-valuetext', text);
  }

  open(false);
  update();
  return { update };
}
