/** The history of one datastream in the panel: a chart, a table of the same, and a file to keep. */
import type { Sensor } from '../overlays/sensors';
import type { StyleRule } from '../protocol/messages';
import { button, element, write } from '../ui/dom';
import { momentWords, timeStrings as strings } from '../ui/time-strings';
import type { Chart } from './chart';
import { coloursOf } from './colours';
import { fetchContent, RANGES, withNews, type Content, type Range } from './content';
import './history.css';
import { observationsUrl } from './observations';
import type { Trouble } from './series';
import { tableOf } from './table';

export interface HistoryOptions {
  readonly scene: string;
  readonly sensor: Sensor;
  /** How values look in this city, and what they mean. */
  readonly rules: () => readonly StyleRule[];
  /** The moment that is shown, microseconds since 1970 UTC. */
  readonly now: () => number;
  /** Microseconds since 1970 UTC, by the server's clock. */
  readonly serverNow: () => number;
}

export interface History {
  readonly root: HTMLElement;
  /** A reading may have come. */
  tick(): void;
  /** Another moment is looked at. */
  refresh(): void;
  dispose(): void;
}

type ChartCode = typeof import('./chart');

const HEIGHT_PX = 208;
const FONT_PX = 13;
const WIDTH_PX = 320;
const LEAP = 10;

export function createHistory({ scene, sensor, rules, now, serverNow }: HistoryOptions): History {
  const { datastream } = sensor;
  const root = element('div', 'history');
  const choice = element('fieldset', 'choice history-range');
  const state = element('p', 'quiet');
  state.setAttribute('role', 'status');
  const again = button(strings.tryAgain, 'inline', () => void fetchAgain());
  const place = element('div', 'chart');
  place.tabIndex = 0;
  place.setAttribute('role', 'slider');
  const said = element('p', 'chart-said');
  const troubled = element('ul', 'chart-troubles');
  const key = element('p', 'quiet');
  const table = element('details');
  table.append(element('summary', '', strings.table));
  const csv = element('a', '', strings.csv);
  csv.download = '';
  root.append(choice, state, again, place, said, troubled, key, table, csv);

  let range: Range = 'day';
  let content: Content | undefined;
  let code: ChartCode | undefined;
  let chart: Chart | undefined;
  let marked = -1;
  let heardUs = 0;
  let request = new AbortController();
  const dark = matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', drawAnew);
  choice.append(element('legend', 'spoken', strings.range), ...RANGES.map(option));
  choice.addEventListener('keydown', (event) => event.key !== 'Escape' && event.stopPropagation());
  place.addEventListener('keydown', walk);
  table.addEventListener('toggle', fillTable);

  function option(value: Range): HTMLElement {
    const label = element('label', 'variant');
    const input = element('input');
    input.type = 'radio';
    input.name = `range ${datastream.key}`;
    input.checked = value === range;
    input.addEventListener('change', () => {
      range = value;
      void fetchAgain();
    });
    label.append(input, element('span', '', strings.ranges[value]));
    return label;
  }

  async function fetchAgain(): Promise<void> {
    request.abort();
    const mine = (request = new AbortController());
    content = undefined;
    marked = -1;
    heardUs = now();
    tell(strings.loading);
    const asked = { scene, datastream, rules: rules(), range, toMs: heardUs / 1000, widthPx: root.clientWidth || WIDTH_PX };
    try {
      const [fetched, loaded] = await Promise.all([fetchContent(asked, mine.signal), import('./chart')]);
      if (mine.signal.aborted) return;
      code = loaded;
      content = fetched;
      csv.href = observationsUrl(scene, datastream.key, content.span, { format: 'csv' });
      key.textContent = `${strings.key} ${strings.eachStep(content.series.stepS)}`;
      showAll();
    } catch {
      if (!mine.signal.aborted) tell(strings.historyFailed, true);
    }
  }

  function tell(text: string, hasFailed = false): void {
    write(state, text);
    state.hidden = text === '';
    again.hidden = !hasFailed;
    for (const part of [place, said, troubled, key, table, csv]) part.hidden = isEmpty();
  }

  function isEmpty(): boolean {
    return !content || content.series.times.length === 0;
  }

  function showAll(): void {
    table.open = false;
    tell(isEmpty() ? strings.noHistory : '');
    drawAnew();
  }

  function drawAnew(): void {
    chart?.dispose();
    chart = undefined;
    if (!content || !code || isEmpty()) return;
    const width = place.clientWidth || WIDTH_PX;
    chart = code.createChart({ place, content, width, height: HEIGHT_PX, fontPx: FONT_PX, colours: coloursOf(root), pointed });
    place.setAttribute('aria-label', strings.chart(datastream.name, strings.ranges[range]));
    sayTroubles(content);
    sayPoint(-1);
  }

  /** `Yesterday, 03:10` */
  function moment(timeS: number): string {
    return momentWords(timeS * 1000, serverNow() / 1000);
  }

  function sayTroubles({ troubles }: Content): void {
    const words = ({ kind, from, to }: Trouble): string => strings.spanned(moment(from), moment(to), strings.troubles[kind]);
    troubled.replaceChildren(...troubles.map((trouble) => element('li', '', words(trouble))));
  }

  /** Who walks by keyboard isn't led away by a pointer that rests. */
  function pointed(index: number): void {
    if (index >= 0 || document.activeElement !== place) sayPoint(index);
  }

  function sayPoint(index: number): void {
    if (!content || isEmpty()) return;
    marked = index;
    const { series, unit } = content;
    const last = series.times.length - 1;
    const shown = index < 0 ? last : index;
    const value = (column: readonly number[]): string => strings.value(column[shown], unit);
    const point = strings.point(value(series.mean), value(series.low), value(series.high));
    const words = `${moment(series.times[shown])}: ${point}`;
    write(said, words);
    const states = { valuemin: '0', valuemax: String(last), valuenow: String(shown), valuetext: words };
    for (const [name, text] of Object.entries(states)) place.setAttribute(`aria-${name}`, text);
  }

  /** The arrows walk along the values, not through the city. */
  function walk(event: KeyboardEvent): void {
    if (!content || event.key === 'Escape' || event.key === 'Tab') return;
    event.stopPropagation();
    const last = content.series.times.length - 1;
    const next = stepTo(event.key, marked < 0 ? last : marked, last);
    if (next === undefined) return;
    event.preventDefault();
    chart?.mark(next);
    sayPoint(next);
  }

  function fillTable(): void {
    if (!table.open || !content) return;
    table.querySelector('.table')?.remove();
    table.append(tableOf(content, moment));
  }

  void fetchAgain();
  return {
    root,
    tick() {
      const { reading } = sensor;
      if (!content || !reading || reading.timeUs <= heardUs) return;
      // What was missed while nobody listened, the server knows.
      if (reading.timeUs - heardUs > datastream.stale_after_s * 1e6) return void fetchAgain();
      heardUs = reading.timeUs;
      const wasEmpty = isEmpty();
      content = withNews(content, range, datastream, reading);
      if (wasEmpty) return showAll();
      chart?.show(content);
      sayTroubles(content);
      if (marked < 0) sayPoint(-1);
    },
    refresh: () => void fetchAgain(),
    dispose() {
      request.abort();
      chart?.dispose();
      dark.removeEventListener('change', drawAnew);
    },
  };
}

function stepTo(key: string, at: number, last: number): number | undefined {
  const moves: Readonly<Record<string, number>> = {
    ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1,
    PageDown: at - LEAP, PageUp: at + LEAP, Home: 0, End: last,
  };
  return key in moves ? Math.max(0, Math.min(last, moves[key])) : undefined;
}
