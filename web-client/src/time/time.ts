/**
 * Time: one moment for the sensors, the sun and what moves. It is now, or one in the past that was chosen on
 * the bar or in the headset; nobody else is moved by it.
 */
import type { Past, Sensor } from '../overlays/sensors';
import { button, element } from '../ui/dom';
import { timeStrings as strings } from '../ui/time-strings';
import type { WorkshopContext } from '../workshop';
import { createBar } from './bar';
import { createHistory, type History } from './history';
import { fetchPiece } from './playback';
import { createPlayhead } from './playhead';
import { createRecording } from './recording';

export interface Time {
  /** @returns whether time goes on by itself. */
  frame(): boolean;
  /** Milliseconds since 1970 UTC; undefined: now. */
  readonly moment: number | undefined;
  /** In words where one looks: at what is now, or at a moment that is over. */
  readonly words: string;
  step(ms: number): void;
  live(): void;
  /** Whether there is anything to look back at. */
  readonly isOffered: boolean;
}

type TimeContext = Pick<WorkshopContext, 'session' | 'hud' | 'panel' | 'sensors' | 'hour' | 'manifest' | 'readingsChanged' | 'changed' | 'serverNow' | 'clock'>;

const MINUTE_MS = 60_000;
/** Readings are shown anew so often while time runs; sun and what moves with each frame. */
const READINGS_EVERY_S = 0.1;
/** Where motion is reduced, time goes on in jumps. */
const JUMP_S = 1;
/** Slow pictures don't slow time down; a page that slept doesn't make it leap. */
const LONGEST_S = 1;

export function createTime({ session, hud, panel, sensors, hour, manifest, readingsChanged, changed, serverNow, clock }: TimeContext): Time {
  const nowMs = (): number => serverNow() / 1000;
  const stillness = matchMedia('(prefers-reduced-motion: reduce)');
  const playhead = createPlayhead(nowMs);
  const recording = createRecording({
    fetchPiece: (span, stepS) => fetchPiece(session.scene, span, stepS),
    nowMs,
    changed: show,
  });
  const opener = button(strings.tool, 'tool', () => open(bar.root.hidden !== false));
  const bar = createBar({
    goTo: (ms) => move(() => playhead.goTo(ms)),
    rest: announce,
    step,
    play(speed) {
      lastMs = clock.now();
      move(() => playhead.play(speed));
    },
    pause: () => move(() => playhead.pause()),
    live,
    close: () => open(false),
  });
  bar.root.hidden = true;
  bar.root.id = 'past';
  opener.setAttribute('aria-controls', bar.root.id);
  hud.tools.prepend(opener);
  hud.foot.after(bar.root);
  // Right behind the city's name.
  hud.masthead.insertBefore(bar.sign, hud.masthead.children[2] ?? null);
  hud.controls.push(bar.root);
  let histories: { readonly history: History; readonly opener: HTMLElement }[] = [];
  let sinceReadings = 0;
  let sinceJump = 0;
  let lastMs = clock.now();
  let wasLive = true;

  panel.belowSensors(historyOf);

  function historyOf(sensor: Sensor): readonly Node[] {
    const cell = element('dd', 'history-cell');
    let history: History | undefined;
    const toggle = button(strings.history, 'inline', () => {
      if (history) {
        history.dispose();
        history.root.remove();
        histories = histories.filter((one) => one.history !== history);
        history = undefined;
      } else {
        history = createHistory({ scene: session.scene, sensor, rules: sensors.styles, now: sensors.now, serverNow });
        histories.push({ history, opener: toggle });
        cell.append(history.root);
      }
      toggle.setAttribute('aria-expanded', String(history !== undefined));
    });
    toggle.setAttribute('aria-expanded', 'false');
    toggle.setAttribute('aria-label', strings.historyOf(sensor.datastream.name));
    cell.append(toggle);
    return [cell];
  }

  /** Those that the panel shows no more are let go. */
  function tickHistories(): void {
    histories = histories.filter(({ history, opener: toggle }) => {
      if (!toggle.isConnected) history.dispose();
      else if (playhead.moment === undefined) history.tick();
      return toggle.isConnected;
    });
  }

  function move(how: () => void): void {
    how();
    const { moment, speed } = playhead;
    if (moment !== undefined) recording.want(moment, speed);
    show();
  }

  function step(ms: number): void {
    move(() => playhead.step(ms));
    announce();
  }

  function live(): void {
    move(playhead.live);
    announce();
  }

  function open(wanted: boolean): void {
    const hadFocus = bar.root.contains(document.activeElement);
    unfold(wanted);
    if (!wanted && playhead.moment !== undefined) live();
    show();
    if (wanted) bar.focus();
    else if (hadFocus) opener.focus();
  }

  function unfold(wanted: boolean): void {
    bar.root.hidden = !wanted;
    opener.setAttribute('aria-expanded', String(wanted));
    document.body.classList.toggle('is-looking-back', wanted);
  }

  function show(): void {
    const { moment, speed } = playhead;
    const isLive = moment === undefined;
    if (!isLive || !wasLive) {
      sensors.travel(isLive ? undefined : pastAt(moment));
      hour.visit(isLive ? undefined : Math.floor(moment / MINUTE_MS) * MINUTE_MS);
      readingsChanged();
    }
    wasLive = isLive;
    const origin = manifest()?.origin ?? { lon: 0, lat: 0 };
    // Also who steps back in the headset finds it there.
    if (!isLive) unfold(true);
    bar.show({ moment, nowMs: nowMs(), speed, said: isLive ? '' : told(moment), place: origin });
    changed();
  }

  function pastAt(moment: number): Past {
    return {
      // It goes on between two times that readings are shown.
      get timeUs() {
        return (playhead.moment ?? moment) * 1000;
      },
      reading: (key) => recording.reading(key, moment),
      fix: (key) => recording.fix(key, moment),
    };
  }

  function told(moment: number): string {
    const state = recording.state(moment);
    return { here: '', coming: strings.fetching, empty: strings.nothing, failed: strings.failed }[state];
  }

  function words(): string {
    return playhead.moment === undefined ? strings.isLive : strings.past(playhead.moment, nowMs());
  }

  /** Where one has come to rest. */
  function announce(): void {
    hud.announce(words());
    for (const { history } of histories) history.refresh();
  }

  /** @returns how much of the time that has passed is to be told now. */
  function due(seconds: number): number {
    if (!stillness.matches) return seconds;
    sinceJump += seconds;
    if (sinceJump < JUMP_S) return 0;
    const jump = sinceJump;
    sinceJump = 0;
    return jump;
  }

  open(false);
  return {
    frame() {
      const seconds = Math.min(LONGEST_S, (clock.now() - lastMs) / 1000);
      lastMs = clock.now();
      opener.hidden = sensors.all().length === 0;
      tickHistories();
      if (playhead.speed === 0) return false;
      sinceReadings += seconds;
      if (playhead.advance(due(seconds)) && (sinceReadings >= READINGS_EVERY_S || playhead.moment === undefined)) {
        sinceReadings = 0;
        move(() => undefined);
      }
      return playhead.speed > 0;
    },
    step,
    live,
    get moment() {
      return playhead.moment;
    },
    get words() {
      return words();
    },
    get isOffered() {
      return sensors.all().length > 0;
    },
  };
}
