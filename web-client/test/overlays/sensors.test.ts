import { expect, it } from 'vitest';

import { createManualClock } from '../../src/core/clock';
import { createServerTime } from '../../src/net/server-time';
import { ageSeconds, createSensors, isStale } from '../../src/overlays/sensors';
import type { Datastream } from '../../src/protocol/messages';

const NOON_US = 1_795_231_805_000_000;

function datastream(id: number, feature = ''): Datastream {
  return {
    id,
    key: `k${id}`,
    name: 'Air',
    observed_property: 'temperature',
    unit: '°C',
    feature,
    position: [0, 0, 0],
    stale_after_s: 60,
  };
}

function observed(id: number, value: number, timeUs: number) {
  return {
    t: 'observations' as const,
    time: timeUs,
    ids: new Uint32Array([id]),
    values: new Float64Array([value]),
    times: new Float64Array([timeUs]),
  };
}

it('goes stale by the server’s clock, not by this device’s', () => {
  const clock = createManualClock(5);
  const serverTime = createServerTime(clock);
  const sensors = createSensors(serverTime.now);
  sensors.datastreams([datastream(7)]);
  serverTime.heard(NOON_US);
  sensors.observations(observed(7, 21.5, NOON_US - 50e6));
  const [sensor] = sensors.all();
  expect(ageSeconds(sensor, serverTime.now())).toBe(50);
  expect(isStale(sensor, serverTime.now())).toBe(false);
  clock.advance(11_000);
  expect(isStale(sensor, serverTime.now())).toBe(true);
});

it('is not stale before anything was observed', () => {
  const sensors = createSensors(() => NOON_US);
  sensors.datastreams([datastream(1)]);
  expect(isStale(sensors.all()[0], NOON_US)).toBe(false);
});

it('keeps a sensor by its key when a restarted server gives it another id', () => {
  const sensors = createSensors(() => NOON_US);
  sensors.datastreams([datastream(1)]);
  const [before] = sensors.all();
  sensors.datastreams([{ ...datastream(5), key: 'k1' }]);
  sensors.observations(observed(5, 8, NOON_US));
  expect(sensors.all()[0]).toBe(before);
  expect(before.reading?.value).toBe(8);
});

it('keeps readings when the list changes, and finds them by building', () => {
  const sensors = createSensors(() => NOON_US);
  sensors.datastreams([datastream(1), datastream(2)]);
  sensors.observations(observed(1, 3, NOON_US));
  sensors.datastreams([datastream(1, 'town/house')]);
  expect(sensors.all()).toHaveLength(1);
  expect(sensors.ofFeature('town/house')[0].reading?.value).toBe(3);
  sensors.observations(observed(99, 1, NOON_US));
});

it('shows the readings of another moment, and afterwards those that came meanwhile', () => {
  const sensors = createSensors(() => NOON_US);
  sensors.datastreams([datastream(1), datastream(2)]);
  sensors.observations(observed(1, 3, NOON_US));
  const yesterday = NOON_US - 86_400e6;
  sensors.travel({ timeUs: yesterday, reading: (key) => (key === 'k1' ? { value: 40, timeUs: yesterday - 5e6 } : undefined) });
  sensors.observations(observed(1, 4, NOON_US + 1e6));
  const [first, second] = sensors.all();
  expect(first.reading?.value).toBe(40);
  expect(second.reading).toBeUndefined();
  expect(ageSeconds(first, sensors.now())).toBe(5);
  sensors.travel(undefined);
  expect(first.reading?.value).toBe(4);
  expect(second.reading).toBeUndefined();
  expect(sensors.now()).toBe(NOON_US);
});

it('shows a sensor of which one hears in the past as it was then', () => {
  const sensors = createSensors(() => NOON_US);
  sensors.travel({ timeUs: 1e15, reading: () => ({ value: 40, timeUs: 1e15 }) });
  sensors.datastreams([datastream(1)]);
  expect(sensors.all()[0].reading?.value).toBe(40);
});
