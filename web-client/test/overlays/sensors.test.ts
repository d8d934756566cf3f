import { describe, expect, it } from 'vitest';

import { createManualClock } from '../../src/core/clock';
import { createServerTime } from '../../src/net/server-time';
import { ageSeconds, createSensors, isLost, isStale } from '../../src/overlays/sensors';
import type { Datastream } from '../../src/protocol/messages';
import { datastream, listed, observed } from '../fixtures/readings';

const NOON_US = 1_795_231_805_000_000;

const sensor = (id: number, feature = ''): Datastream => datastream({ id, key: `k${id}`, feature });

it('goes stale by the server’s clock, not by this device’s', () => {
  const clock = createManualClock(5);
  const serverTime = createServerTime(clock);
  const sensors = createSensors(serverTime.now);
  sensors.list(listed(sensor(7)));
  serverTime.heard(NOON_US);
  sensors.readings(observed(7, 21.5, NOON_US - 50e6));
  const [air] = sensors.all();
  expect(ageSeconds(air, serverTime.now())).toBe(50);
  expect(isStale(air, serverTime.now())).toBe(false);
  clock.advance(11_000);
  expect(isStale(air, serverTime.now())).toBe(true);
});

it('goes by the pace that a server has learned of a sensor meanwhile', () => {
  const sensors = createSensors(() => NOON_US);
  sensors.list(listed(sensor(1)));
  sensors.readings(observed(1, 3, NOON_US - 90e6));
  const [air] = sensors.all();
  expect(isStale(air, NOON_US)).toBe(true);
  sensors.list({ ...listed({ ...sensor(1), stale_after_s: 1200 }), first: false, last: false });
  expect(sensors.all()).toEqual([air]);
  expect(isStale(air, NOON_US)).toBe(false);
  expect(isStale(air, NOON_US + 1200e6)).toBe(true);
});

it('is given a minute more where it is so far off that one hears of it once a minute', () => {
  const sensors = createSensors(() => NOON_US);
  sensors.list(listed({ ...sensor(1), position: [600, 100, 4] }));
  sensors.readings(observed(1, 3, NOON_US - 90e6));
  const [air] = sensors.all();
  sensors.standAt(-10, 100);
  expect(isStale(air, NOON_US)).toBe(false);
  expect(isStale(air, NOON_US + 31e6)).toBe(true);
  sensors.standAt(10, 100);
  expect(isStale(air, NOON_US)).toBe(true);
});

it('is not stale before anything was observed', () => {
  const sensors = createSensors(() => NOON_US);
  sensors.list(listed(sensor(1)));
  expect(isStale(sensors.all()[0], NOON_US)).toBe(false);
});

it('keeps a sensor by its key when a restarted server gives it another id', () => {
  const sensors = createSensors(() => NOON_US);
  sensors.list(listed(sensor(1)));
  const [before] = sensors.all();
  sensors.list(listed({ ...sensor(5), key: 'k1' }));
  sensors.readings(observed(5, 8, NOON_US));
  expect(sensors.all()[0]).toBe(before);
  expect(before.reading?.value).toBe(8);
});

it('keeps readings when the list changes, and finds them by building', () => {
  const sensors = createSensors(() => NOON_US);
  sensors.list(listed(sensor(1), sensor(2)));
  sensors.readings(observed(1, 3, NOON_US));
  sensors.list(listed(sensor(1, 'town/house')));
  expect(sensors.all()).toHaveLength(1);
  expect(sensors.ofFeature('town/house')[0].reading?.value).toBe(3);
  sensors.readings(observed(99, 1, NOON_US));
});

it('shows the readings of another moment, and afterwards those that came meanwhile', () => {
  const sensors = createSensors(() => NOON_US);
  sensors.list(listed(sensor(1), sensor(2)));
  sensors.readings(observed(1, 3, NOON_US));
  const yesterday = NOON_US - 86_400e6;
  sensors.travel({ timeUs: yesterday, reading: (key) => (key === 'k1' ? { value: 40, timeUs: yesterday - 5e6, quality: 0 } : undefined), fix: () => undefined });
  sensors.readings(observed(1, 4, NOON_US + 1e6));
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
  sensors.travel({ timeUs: 1e15, reading: () => ({ value: 40, timeUs: 1e15, quality: 0 }), fix: () => undefined });
  sensors.list(listed(sensor(1)));
  expect(sensors.all()[0].reading?.value).toBe(40);
});

describe('a list that comes piece by piece', () => {
  it('is whole with its last piece, and begins anew with its first', () => {
    const sensors = createSensors(() => NOON_US);
    sensors.list({ ...listed(sensor(1)), last: false });
    sensors.list({ ...listed(sensor(2)), first: false });
    expect(sensors.all().map(({ datastream: { id } }) => id)).toEqual([1, 2]);
    const [first] = sensors.all();
    sensors.list({ ...listed(sensor(2)), last: false });
    sensors.list({ ...listed(sensor(1)), first: false });
    expect(sensors.all()[1]).toBe(first);
  });

  it('tells again what has changed about a sensor, and forgets no reading', () => {
    const sensors = createSensors(() => NOON_US);
    sensors.list(listed(sensor(1)));
    sensors.readings(observed(1, 3, NOON_US, 4));
    sensors.list({ ...listed({ ...sensor(1), name: 'Wind' }), first: false });
    expect(sensors.all()).toHaveLength(1);
    expect(sensors.all()[0].datastream.name).toBe('Wind');
    expect(sensors.all()[0].reading).toEqual({ value: 3, timeUs: NOON_US, quality: 4 });
  });
});

describe('what a server that was left needs not say again', () => {
  it('is everything up to a tick, once all sensors are known', () => {
    const sensors = createSensors(() => NOON_US);
    sensors.welcomed(7, 1);
    sensors.list({ ...listed(sensor(1)), last: false });
    sensors.readings({ ...observed(1, 3, NOON_US), tick: 12 });
    expect(sensors.heard()).toBeUndefined();
    sensors.list({ ...listed(), first: false });
    expect(sensors.heard()).toEqual({ epoch: 7, revision: 1, tick: 12, sensors: 1 });
    sensors.readings(observed(1, 4, NOON_US));
    expect(sensors.heard()?.tick).toBe(12);
  });

  it('is nothing where the server or the scene has begun anew', () => {
    const sensors = createSensors(() => NOON_US);
    sensors.welcomed(7, 1);
    sensors.list(listed(sensor(1)));
    sensors.readings({ ...observed(1, 3, NOON_US), tick: 12 });
    sensors.welcomed(8, 1);
    expect(sensors.heard()).toBeUndefined();
  });
});

it('knows where things are that move, and which are lost', () => {
  const sensors = createSensors(() => NOON_US);
  const info = { id: 2, key: 'tram', name: 'Tram 1', stale_after_s: 60, reality: 'measured', licence: '', attribution: '' };
  sensors.list({ ...listed(), movers: [info] });
  expect(isLost(sensors.allMovers()[0], NOON_US)).toBe(true);
  sensors.movers({
    t: 'movers',
    time: NOON_US,
    ids: new Uint32Array([9, 2]),
    positions: new Float32Array([0, 0, 0, 1, 2, 3]),
    headings: new Float32Array([0, 1.5]),
    speeds: new Float32Array([0, 8]),
    times: new Float64Array([NOON_US, NOON_US]),
  });
  const [tram] = sensors.allMovers();
  expect(tram.fix).toEqual({ x: 1, y: 2, z: 3, heading: 1.5, speed: 8, timeUs: NOON_US });
  expect(isLost(tram, NOON_US + 60e6)).toBe(false);
  expect(isLost(tram, NOON_US + 61e6)).toBe(true);
});
