/** The values of a chart as a table, newest first. */
import { element } from '../ui/dom';
import { timeStrings as strings } from '../ui/time-strings';
import type { Content } from './content';

/** @param moment in words; seconds since 1970 UTC. */
export function tableOf({ series, troubles, unit }: Content, moment: (timeS: number) => string): HTMLElement {
  const table = element('table');
  const head = element('tr');
  const [from, ...values] = strings.columns;
  for (const name of [from, ...values.map((name) => (unit ? `${name} (${unit})` : name)), strings.said]) {
    const cell = element('th', '', name);
    cell.scope = 'col';
    head.append(cell);
  }
  const body = element('tbody');
  for (let i = series.times.length - 1; i >= 0; i -= 1) {
    const time = series.times[i];
    const said = troubles.filter(({ from: begin, to }) => begin <= time && time < to).map(({ kind }) => strings.shortTroubles[kind]);
    const row = element('tr');
    const begin = element('th', '', moment(time));
    begin.scope = 'row';
    row.append(begin, ...[series.mean[i], series.low[i], series.high[i]].map((value) => element('td', '', strings.value(value, ''))), element('td', '', said.join(', ')));
    body.append(row);
  }
  const header = element('thead');
  header.append(head);
  table.append(header, body);
  const frame = element('div', 'table');
  frame.tabIndex = 0;
  frame.setAttribute('role', 'group');
  frame.setAttribute('aria-label', strings.table);
  frame.append(table);
  return frame;
}
