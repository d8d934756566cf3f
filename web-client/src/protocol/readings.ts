/** The messages of sensors and of what moves → typed arrays (docs/contract/protocol.md). */
import { asFields, boolean, bytes, integer, list, number, numbers, optionalString, ProtocolError, string, vec3, type Fields } from './fields';
import type { Datastream, MoverInfo, Movers, Readings, SensorList, StyleRule } from './messages';

const AS_IT_IS = 15;
const WITH_QUALITY = 16;
const MOST_DECIMALS = 6;
/** A row has at least so many bytes. */
const LEAST_ROW = 3;
/** Of the eighth byte of a varint. */
const LAST_SCALE = 2 ** 49;

export function readSensors(f: Fields): SensorList {
  const kinds = entries(f, 'kinds').map(readKind);
  return {
    t: 'sensors',
    first: isSet(f, 'first'),
    last: isSet(f, 'last'),
    datastreams: entries(f, 'sensors').map((entry) => readSensor(entry, kinds)),
    movers: entries(f, 'movers').map(readMover),
    styles: entries(f, 'styles').map(readStyle),
  };
}

/** @throws ProtocolError where rows are cut short or a number is too large. */
export function readReadings(f: Fields): Readings {
  const rows = bytes(f, 'rows');
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  const time = integer(f, 'time');
  const frameMs = Math.floor(time / 1000);
  const most = Math.floor(rows.length / LEAST_ROW);
  const ids = new Uint32Array(most);
  const values = new Float64Array(most);
  const times = new Float64Array(most);
  const quality = new Uint8Array(most);
  let at = 0;
  let n = 0;

  function byte(): number {
    if (at >= rows.length) throw new ProtocolError('the rows of "readings" are cut short');
    return rows[at++];
  }

  function varint(): number {
    let value = 0;
    for (let scale = 1; scale <= LAST_SCALE; scale *= 128) {
      const next = byte();
      value += (next & 127) * scale;
      if (next < 128 && value <= Number.MAX_SAFE_INTEGER) return value;
    }
    throw new ProtocolError('a number in "rows" is too large');
  }

  function signed(): number {
    const value = varint();
    return value % 2 ? -(value + 1) / 2 : value / 2;
  }

  function plain(): number {
    if (at + 8 > rows.length) throw new ProtocolError('the rows of "readings" are cut short');
    at += 8;
    return view.getFloat64(at - 8, true);
  }

  while (at < rows.length) {
    const count = varint();
    const mode = byte();
    const decimals = mode & 15;
    if (count > most - n || (decimals > MOST_DECIMALS && decimals !== AS_IT_IS)) {
      throw new ProtocolError('a block of "rows" can’t be read');
    }
    const scale = 10 ** decimals;
    for (let id = 0, end = n + count; n < end; n += 1) {
      id += varint();
      ids[n] = id;
      values[n] = decimals === AS_IT_IS ? plain() : signed() / scale;
      times[n] = (frameMs - signed()) * 1000;
      quality[n] = mode & WITH_QUALITY ? byte() : 0;
    }
  }
  return {
    t: 'readings',
    time,
    ids: ids.subarray(0, n),
    values: values.subarray(0, n),
    times: times.subarray(0, n),
    quality: quality.subarray(0, n),
    tick: f.tick === undefined ? undefined : integer(f, 'tick'),
  };
}

/** @throws ProtocolError where the columns differ in length. */
export function readMovers(f: Fields): Movers {
  const n = bytes(f, 'ids').length >> 2;
  return {
    t: 'movers',
    time: integer(f, 'time'),
    ids: new Uint32Array(column(f, 'ids', 4 * n)),
    positions: new Float32Array(column(f, 'positions', 12 * n)),
    headings: new Float32Array(column(f, 'headings', 4 * n)),
    speeds: new Float32Array(column(f, 'speeds', 4 * n)),
    times: Float64Array.from(new BigInt64Array(column(f, 'times', 8 * n)), Number),
  };
}

/** slice() copies to a fresh, aligned buffer: views into a frame start anywhere. */
function column(f: Fields, key: string, length: number): ArrayBuffer {
  const value = bytes(f, key);
  if (value.length !== length) throw new ProtocolError(`the column "${key}" has the wrong length`);
  return value.slice().buffer;
}

/** What is empty is left out. */
function entries(f: Fields, key: string): Fields[] {
  return f[key] === undefined ? [] : list(f, key).map((entry) => asFields(entry, key));
}

function isSet(f: Fields, key: string): boolean {
  return f[key] !== undefined && boolean(f, key);
}

type Kind = Omit<Datastream, 'id' | 'key' | 'name' | 'thing' | 'feature' | 'position'>;

function readKind(f: Fields): Kind {
  return {
    observed_property: string(f, 'observed_property'),
    unit: string(f, 'unit'),
    stale_after_s: number(f, 'stale_after_s'),
    range: pair(f, 'range'),
    period_s: f.period_s === undefined ? 0 : number(f, 'period_s'),
    ...readProvenance(f),
  };
}

function readProvenance(f: Fields): Pick<Datastream, 'reality' | 'licence' | 'attribution'> {
  const reality = optionalString(f, 'reality') || 'measured';
  return { reality, licence: optionalString(f, 'licence'), attribution: optionalString(f, 'attribution') };
}

function readSensor(f: Fields, kinds: readonly Kind[]): Datastream {
  const kind = kinds[integer(f, 'kind')] as Kind | undefined;
  if (!kind) throw new ProtocolError('a sensor is of no kind');
  return {
    ...kind,
    id: integer(f, 'id'),
    key: string(f, 'key'),
    name: string(f, 'name'),
    thing: optionalString(f, 'thing'),
    feature: optionalString(f, 'feature'),
    position: f.position === undefined ? undefined : vec3(f, 'position'),
  };
}

function readMover(f: Fields): MoverInfo {
  return {
    id: integer(f, 'id'),
    key: string(f, 'key'),
    name: string(f, 'name'),
    stale_after_s: number(f, 'stale_after_s'),
    ...readProvenance(f),
  };
}

function readStyle(f: Fields): StyleRule {
  return {
    look: string(f, 'look'),
    observed_property: optionalString(f, 'observed_property'),
    key: optionalString(f, 'key'),
    title: optionalString(f, 'title'),
    scale: pair(f, 'scale'),
    palette: optionalString(f, 'palette'),
    steps: (f.steps === undefined ? [] : list(f, 'steps')).map(readStep),
    body: optionalString(f, 'body'),
  };
}

function readStep(value: unknown): readonly [number, string] {
  const fields = asFields(Array.isArray(value) ? { from: value[0], words: value[1] } : value, 'steps');
  return [number(fields, 'from'), string(fields, 'words')];
}

function pair(f: Fields, key: string): readonly [number, number] | undefined {
  return f[key] === undefined ? undefined : (numbers(f, key, 2) as [number, number]);
}
