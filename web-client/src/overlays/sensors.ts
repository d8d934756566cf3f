/** Sensors and their readings, the latest or those of a moment in the past; what moves; and how old all that is. */
import type { Datastream, Heard, MoverInfo, Movers, Readings, SensorList, StyleRule } from '../protocol/messages';

export interface Reading {
  readonly value: number;
  /** Phenomenon time, microseconds since 1970 UTC. */
  readonly timeUs: number;
  /** What speaks against it, by bits (docs/contract/protocol.md); 0 where nothing does. */
  readonly quality: number;
  /** That of the moment in the past that is looked at. */
  readonly isPast?: boolean;
}

export interface Sensor {
  datastream: Datastream;
  /** So many seconds later than what is near one may hear of it here; 0 until `standAt`. */
  lateS?: number;
  /** The latest, or that of the moment that is looked at. */
  reading: Reading | undefined;
}

/** Where a thing was; scene frame, radians clockwise from north, m/s, NaN where nobody says. */
export interface Fix {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly heading: number;
  readonly speed: number;
  /** Microseconds since 1970 UTC. */
  readonly timeUs: number;
}

export interface Mover {
  info: MoverInfo;
  /** The latest that was told. */
  fix: Fix | undefined;
}

/** A moment that is not now, and what was known then. */
export interface Past {
  /** Microseconds since 1970 UTC. */
  readonly timeUs: number;
  /** @param key of a datastream. */
  reading(key: string): Reading | undefined;
  /** @param key of a thing that moves. */
  fix(key: string): Fix | undefined;
}

export interface Sensors {
  /** The epoch and revision that all that follows belongs to. */
  welcomed(epoch: number, revision: number): void;
  list(message: SensorList): void;
  readings(message: Readings): void;
  movers(message: Movers): void;
  all(): readonly Sensor[];
  allMovers(): readonly Mover[];
  styles(): readonly StyleRule[];
  ofFeature(id: string): readonly Sensor[];
  /** What a server that has been left needs not say again; undefined where too little is known. */
  heard(): Heard | undefined;
  /** From here on one is at this place of the scene, and hears of what is far off seldom. */
  standAt(x: number, y: number): void;
  /** Readings of the past take the place of those that come, which are kept; undefined: they show again. */
  travel(to: Past | undefined): void;
  /** The moment whose readings these are, microseconds since 1970 UTC. */
  now(): number;
}

/** Who is more than a square away from a sensor hears of it once a minute (docs/contract/protocol.md). */
const SQUARE_M = 512;
const SELDOM_S = 60;

/** @param serverNow microseconds since 1970 UTC. */
export function createSensors(serverNow: () => number): Sensors {
  let sensors: Sensor[] = [];
  const byId = new Map<number, Sensor>();
  /** Who shows a sensor keeps showing it: ids may change with the server, keys stay. */
  let former = new Map<string, Sensor>();
  const movers = new Map<number, Mover>();
  let styles: readonly StyleRule[] = [];
  let past: Past | undefined;
  /** While the past is looked at: the latest readings, by key. */
  const latest = new Map<string, Reading>();
  const latestFixes = new Map<string, Fix>();
  let epoch = 0;
  let revision = 0;
  let tick = 0;
  let isWhole = false;

  function take(sensor: Sensor, reading: Reading): void {
    if (past) latest.set(sensor.datastream.key, reading);
    else sensor.reading = reading;
  }

  function move(mover: Mover, fix: Fix): void {
    if (past) latestFixes.set(mover.info.key, fix);
    else mover.fix = fix;
  }

  function begin(rules: readonly StyleRule[]): void {
    former = new Map(sensors.map((sensor) => [sensor.datastream.key, sensor]));
    sensors = [];
    byId.clear();
    movers.clear();
    styles = rules;
    tick = 0;
    isWhole = false;
  }

  function add(datastream: Datastream): void {
    const known = byId.get(datastream.id) ?? former.get(datastream.key);
    const sensor = known ?? { datastream, reading: past?.reading(datastream.key) };
    sensor.datastream = datastream;
    if (!byId.has(datastream.id)) sensors.push(sensor);
    byId.set(datastream.id, sensor);
  }

  return {
    welcomed(newEpoch, newRevision) {
      if (newEpoch !== epoch || newRevision !== revision) isWhole = false;
      epoch = newEpoch;
      revision = newRevision;
    },
    list({ first, last, datastreams, movers: infos, styles: rules }) {
      if (first) begin(rules);
      else sensors = [...sensors];
      for (const datastream of datastreams) add(datastream);
      for (const info of infos) movers.set(info.id, { info, fix: movers.get(info.id)?.fix });
      if (!last) return;
      isWhole = true;
      former.clear();
    },
    readings({ ids, values, times, quality, tick: upTo }) {
      for (let i = 0; i < ids.length; i += 1) {
        const sensor = byId.get(ids[i]);
        if (sensor) take(sensor, { value: values[i], timeUs: times[i], quality: quality[i] });
      }
      tick = upTo ?? tick;
    },
    movers({ ids, positions, headings, speeds, times }) {
      for (let i = 0; i < ids.length; i += 1) {
        const mover = movers.get(ids[i]);
        if (!mover) continue;
        const [x, y, z] = positions.subarray(3 * i, 3 * i + 3);
        move(mover, { x, y, z, heading: headings[i], speed: speeds[i], timeUs: times[i] });
      }
    },
    all: () => sensors,
    allMovers: () => [...movers.values()],
    styles: () => styles,
    ofFeature: (id) => sensors.filter(({ datastream }) => datastream.feature === id),
    heard: () => (isWhole && tick > 0 ? { epoch, revision, tick, sensors: sensors.length } : undefined),
    travel(to) {
      if (to && !past) {
        for (const { datastream, reading } of sensors) if (reading) latest.set(datastream.key, reading);
        for (const { info, fix } of movers.values()) if (fix) latestFixes.set(info.key, fix);
      }
      for (const sensor of sensors) {
        const { key } = sensor.datastream;
        sensor.reading = to ? to.reading(key) : past ? latest.get(key) : sensor.reading;
      }
      for (const mover of movers.values()) {
        const { key } = mover.info;
        mover.fix = to ? to.fix(key) : past ? latestFixes.get(key) : mover.fix;
      }
      past = to;
      if (past) return;
      latest.clear();
      latestFixes.clear();
    },
    standAt(x, y) {
      const isFar = (from: number, to: number): boolean => Math.abs(Math.floor(from / SQUARE_M) - Math.floor(to / SQUARE_M)) > 1;
      for (const sensor of sensors) {
        const { position } = sensor.datastream;
        sensor.lateS = position && (isFar(x, position[0]) || isFar(y, position[1])) ? SELDOM_S : 0;
      }
    },
    now: () => past?.timeUs ?? serverNow(),
  };
}

/** Seconds since the observation, by server time; 0 where there is none. */
export function ageSeconds({ reading }: Sensor, serverNowUs: number): number {
  return reading ? Math.max(0, (serverNowUs - reading.timeUs) / 1e6) : 0;
}

export function isStale(sensor: Sensor, serverNowUs: number): boolean {
  return sensor.reading !== undefined && ageSeconds(sensor, serverNowUs) > sensor.datastream.stale_after_s + (sensor.lateS ?? 0);
}

/** A thing that hasn't been heard of for so long is somewhere else by now. */
export function isLost({ info, fix }: Mover, serverNowUs: number): boolean {
  return fix === undefined || serverNowUs - fix.timeUs > info.stale_after_s * 1e6;
}
