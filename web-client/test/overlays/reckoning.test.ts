import { expect, it } from 'vitest';

import { createReckoning, type Fix, type Reckoning } from '../../src/overlays/reckoning';

const EAST = -Math.PI / 2;

function fix(timeMs: number, x: number, more: Partial<Fix> = {}): Fix {
  return { timeMs, x, y: 3, z: 0, yaw: EAST, speed: 10, ...more };
}

/** Frames of 20 ms; returns the way of each. */
function drive(vehicle: Reckoning, fromMs: number, toMs: number): number[] {
  const ways: number[] = [];
  for (let now = fromMs + 20; now <= toMs; now += 20) {
    const { x, z } = vehicle;
    vehicle.advance(now);
    ways.push(Math.hypot(vehicle.x - x, vehicle.z - z));
  }
  return ways;
}

it('goes on as it went, along its heading', () => {
  const tram = createReckoning();
  tram.tell(fix(0, 100), 0);
  drive(tram, 0, 2000);
  expect(tram.x).toBeCloseTo(120, 6);
  expect(tram.z).toBeCloseTo(0, 6);
  expect(tram.y).toBe(3);
});

it('begins where it is by now, as news is never new', () => {
  const tram = createReckoning();
  tram.tell(fix(0, 100), 1500);
  expect(tram.x).toBeCloseTo(115, 6);
});

it('makes up for what turned out otherwise without a jump, and is then where it should be', () => {
  const tram = createReckoning();
  tram.tell(fix(0, 0), 0);
  drive(tram, 0, 2000);
  const { x } = tram;
  tram.tell(fix(2000, 30), 2000);
  expect(tram.x).toBe(x);
  const ways = drive(tram, 2000, 8000);
  expect(Math.max(...ways)).toBeLessThanOrEqual((10 + 7 + 0.01) * 0.02);
  expect(tram.x).toBeCloseTo(90, 0);
});

it('slows down rather than backing up where it was taken for too quick', () => {
  const tram = createReckoning();
  tram.tell(fix(0, 0), 0);
  drive(tram, 0, 2000);
  tram.tell(fix(2000, 12), 2000);
  for (let now = 2020; now < 6000; now += 20) {
    const { x } = tram;
    tram.advance(now);
    expect(tram.x).toBeGreaterThan(x);
  }
});

it('never goes faster than it may, whatever comes', () => {
  const tram = createReckoning();
  let seed = 7;
  const chance = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
  let at = 0;
  for (let told = 0; told < 60_000; told += 1000) {
    const speed = 15 * chance();
    at += 14 * chance();
    tram.tell(fix(told, at, { speed, yaw: EAST + chance() - 0.5, z: 4 * chance() }), told);
    for (const way of drive(tram, told, told + 1000)) expect(way).toBeLessThanOrEqual((speed + Math.max(1.2, 0.7 * speed)) * 0.02 + 1e-3);
  }
});

it('comes to rest where no news comes, and then needs no frames', () => {
  const tram = createReckoning();
  tram.tell(fix(0, 0), 0);
  drive(tram, 0, 40_000);
  expect(tram.x).toBeLessThan(10 * 12);
  const { x } = tram;
  expect(tram.advance(60_000)).toBe(false);
  expect(tram.x - x).toBeLessThan(0.1);
});

it('that stands moves nothing', () => {
  const tram = createReckoning();
  tram.tell(fix(0, 5, { speed: 0 }), 0);
  expect(tram.advance(20)).toBe(false);
  expect(tram.x).toBe(5);
});

it('turns the short way, smoothly', () => {
  const tram = createReckoning();
  tram.tell(fix(0, 0, { yaw: 3, speed: 0 }), 0);
  tram.tell(fix(1000, 0, { yaw: -3, speed: 0 }), 1000);
  tram.advance(1000);
  let before = tram.yaw;
  for (let now = 1020; now < 4000; now += 20) {
    tram.advance(now);
    expect(tram.yaw).toBeGreaterThanOrEqual(before);
    expect(tram.yaw - before).toBeLessThan(0.03);
    before = tram.yaw;
  }
  expect(tram.yaw).toBeCloseTo(2 * Math.PI - 3, 2);
});

it('finds heading and speed from its way where nobody says', () => {
  const bus = createReckoning();
  bus.tell(fix(0, 0, { yaw: NaN, speed: NaN, y: NaN }), 0);
  bus.tell(fix(10_000, 80, { yaw: NaN, speed: NaN, y: NaN }), 10_000);
  expect(bus.speed).toBeCloseTo(8, 6);
  drive(bus, 10_000, 20_000);
  expect(bus.yaw).toBeCloseTo(EAST, 2);
});

it('is put where it can’t have driven to, and takes no older news', () => {
  const bus = createReckoning();
  bus.tell(fix(0, 0, { speed: 0 }), 0);
  bus.tell(fix(1000, 5000, { speed: 0 }), 1000);
  expect(bus.x).toBe(5000);
  bus.tell(fix(500, 4000, { speed: 0 }), 1000);
  expect(bus.x).toBe(5000);
});
