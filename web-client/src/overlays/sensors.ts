/** Datastreams and their latest observations, and how old those are by the server's clock. */
import type { Datastream, Observations } from '../protocol/messages';

export interface Reading {
  readonly value: number;
  /** Phenomenon time, microseconds since 1970 UTC. */
  readonly timeUs: number;
}

export interface Sensor {
  datastream: Datastream;
  reading: Reading | undefined;
}

export interface Sensors {
  datastreams(list: readonly Datastream[]): void;
  observations(message: Observations): void;
  all(): readonly Sensor[];
  ofFeature(id: string): readonly Sensor[];
}

export function createSensors(): Sensors {
  let sensors: Sensor[] = [];
  const byId = new Map<number, Sensor>();
  return {
    datastreams(list) {
      // Ids may change when the server restarts; keys stay. Who shows a sensor keeps showing it.
      const known = new Map(sensors.map((sensor) => [sensor.datastream.key, sensor]));
      sensors = list.map((datastream) => {
        const sensor = known.get(datastream.key) ?? { datastream, reading: undefined };
        sensor.datastream = datastream;
        return sensor;
      });
      byId.clear();
      for (const sensor of sensors) byId.set(sensor.datastream.id, sensor);
    },
    observations({ ids, values, times }) {
      for (let i = 0; i < ids.length; i += 1) {
        const sensor = byId.get(ids[i]);
        if (sensor) sensor.reading = { value: values[i], timeUs: times[i] };
      }
    },
    all: () => sensors,
    ofFeature: (id) => sensors.filter(({ datastream }) => datastream.feature === id),
  };
}

/** Seconds since the observation, by server time; 0 where there is none. */
export function ageSeconds({ reading }: Sensor, serverNowUs: number): number {
  return reading ? Math.max(0, (serverNowUs - reading.timeUs) / 1e6) : 0;
}

export function isStale(sensor: Sensor, serverNowUs: number): boolean {
  return sensor.reading !== undefined && ageSeconds(sensor, serverNowUs) > sensor.datastream.stale_after_s;
}
