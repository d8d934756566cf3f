// @vitest-environment happy-dom
import { Scene, Vector3 } from 'three';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { createLayers } from '../../src/overlays/layers';
import { createRides } from '../../src/overlays/rides';
import type { Mover, Sensor } from '../../src/overlays/sensors';
import { PLAIN } from '../../src/overlays/style';
import { createChartBoard } from '../../src/xr/chart-board';
import { createLiveLegend } from '../../src/xr/live-legend';
import { createLiveSigns } from '../../src/xr/signs';
import { RULE, sensorOf, THEN_US } from '../fixtures/sensor';

const EYE = { x: 0, y: 1.65, z: 0, yaw: 0 };
const SIMULATED = { name: 'Fine dust (simulated)', reality: 'simulated' };
const NOW_MS = THEN_US / 1000;

/** What has been written on boards. */
let written: string[];

beforeEach(() => {
  written = [];
  const pen = new Proxy({} as CanvasRenderingContext2D, {
    get: (_, name) => {
      if (name === 'fillText') return (text: string) => text && written.push(text);
      if (name === 'measureText') return (text: string) => ({ width: 10 * text.length });
      return () => undefined;
    },
    set: () => true,
  });
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(pen as never);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

function legendOf(...sensors: readonly Sensor[]): void {
  const layers = createLayers(() => undefined);
  layers.update(sensors, [RULE]);
  createLiveLegend(new Scene()).show(layers.all);
}

function signOf(info: Partial<Mover['info']>, atMs: number): void {
  const rides = createRides({ styleOf: () => ({ ...PLAIN, look: 'vehicle', body: 'tram' }), groundAt: () => 0 });
  const tram = { id: 1, key: 'tram', name: 'Tram 2 (simulated)', stale_after_s: 20, reality: 'simulated', licence: '', attribution: '', ...info };
  rides.tell([{ info: tram, fix: { x: 0, y: 0, z: -9, heading: 0, speed: 0, timeUs: THEN_US } }], NOW_MS);
  rides.tell([{ info: tram, fix: { x: 0, y: 0, z: -9, heading: 0, speed: 0, timeUs: THEN_US } }], atMs);
  const signs = createLiveSigns(new Scene(), { overlays: () => ({ stands: [], rides: rides.all }), sight: { hidden: () => false } });
  signs.face(new Vector3(0, 1.65, 0));
  signs.texts(atMs * 1000);
}

it('the legend says once, below all, that everything is simulated', () => {
  legendOf(sensorOf(SIMULATED));
  expect(written).toEqual(['Fine dust', 'good', 'moderate', 'poor', 'All of this is simulated.']);
});

it('the legend says it of each name where other things are measured', () => {
  legendOf(sensorOf(SIMULATED), sensorOf({ id: 2, key: 'more' }));
  expect(written).toEqual(['Fine dust (simulated)', 'good', 'moderate', 'poor']);
});

it('a vehicle’s sign names it, and says below that it is simulated', () => {
  signOf({}, NOW_MS);
  expect(written).toEqual(['Tram 2', 'simulated']);
});

it('a sign of a measured vehicle has its name only, until no news comes', () => {
  const measured = { name: 'Tram 2', reality: 'measured' };
  signOf(measured, NOW_MS);
  expect(written).toEqual(['Tram 2']);
  signOf(measured, NOW_MS + 15_000);
  expect(written.at(-1)).toMatch(/^no news since/);
});

it('a chart’s heading is the name, with “simulated” apart from it', () => {
  vi.stubGlobal('fetch', () => new Promise<Response>(() => undefined));
  const board = createChartBoard({ scene: new Scene(), sceneName: 'town', rules: () => [RULE], now: () => THEN_US });
  board.open(sensorOf(SIMULATED), EYE);
  expect(written).toEqual(expect.arrayContaining(['Fine dust', 'simulated']));
  expect(written).not.toContain('Fine dust (simulated)');
  board.dispose();
});
