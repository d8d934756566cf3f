/** Datastreams and their observations, the latest or those of a moment in the past, and how old those are. */
import type { Datastream, Observations } from '../protocol/messages';

export interface Reading {
  readonly value: number;
  /** Phenomenon time, microseconds since 1970 UTC. */
  readonly timeUs: number;
}

export interface Sensor {
  datastream: Datastream;
  /** The latest, or that of the moment that is looked at. */
  reading: Reading | undefined;
}

/** A moment that is not now, and what was known then. */
export interface Past {
  /** Microseconds since 1970 UTC. */
  readonly timeUs: number;
  /** @param key of a datastream. */
  reading(key: string): Reading | undefined;
}

export interface Sensors {
  datastreams(list: readonly Datastream[]): void;
  observations(message: Observations): void;
  all(): readonly Sensor[];
  ofFeature(id: string): readonly Sensor[];
  /** Readings of the past take the place of those that come, which are kept; undefined: they show again. */
  travel(to: Past | undefined): void;
  /** The moment whose readings these are, microseconds since 1970 UTC. */
  now(): number;
}

/** @param serverNow microseconds since 1970 UTC. */
export function createSensors(serverNow: () => number): Sensors {
  let sensors: Sensor[] = [];
  const byId = new Map<number, Sensor>();
  let past: Past | undefined;
  /** While the past is looked at: the latest readings, by key. */
  const latest = new Map<string, Reading>();

  function take(sensor: Sensor, reading: Reading): void {
    if (past) latest.set(sensor.datastream.key, reading);
    else sensor.reading = reading;
  }

  return {
    datastreams(list) {
      // Ids may change when the server restarts; keys stay. Who shows a sensor keeps showing it.
      const known = new Map(sensors.map((sensor) => [sensor.datastream.key, sensor]));
      sensors = list.map((datastream) => {
        const sensor = known.get(datastream.key) ?? { datastream, reading: past?.reading(datastream.key) };
        sensor.datastream = datastream;
        return sensor;
      });
      byId.clear();
      for (const sensor of sensors) byId.set(sensor.datastream.id, sensor);
    },
    observations({ ids, values, times }) {
      for (let i = 0; i < ids.length; i += 1) {
        const sensor = byId.get(ids[i]);
        if (sensor) take(sensor, { value: values[i], timeUs: times[i] });
      }
    },
    all: () => sensors,
    ofFeature: (id) => sensors.filter(({ datastream }) => datastream.feature === id),
    travel(to) {
      if (to && !past) for (const { datastream, reading } of sensors) if (reading) latest.set(datastream.key, reading);
      for (const sensor of sensors) {
        const { key } = sensor.datastream;
        sensor.reading = to ? to.reading(key) : past ? latest.get(key) : sensor.reading;
      }
      past = to;
      if (!past) latest.clear();
    },
    now: () => past?.timeUs ?? serverNow(),
  };
}

/** Seconds since the observation, by server time; 0 where there is none. */
export function ageSeconds({ reading }: Sensor, serverNowUs: number): number {
  return reading ? Math.max(0, (serverNowUs - reading.timeUs) / 1e6) : 0;
}

export function isStale(sensor: Sensor, serverNowUs: number): boolean {
  return sensor.reading !== undefined && ageSeconds(sensor, serverNowUs) > sensor.datastream.stale_after_s;
}
