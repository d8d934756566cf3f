import { expect, it } from 'vitest';

import { createMarkers, nearest } from '../../src/overlays/marker';
import { styleOf } from '../../src/overlays/style';
import { RULE, sensorOf, THEN_US } from '../fixtures/sensor';

const STYLE = styleOf(RULE);

it('stays the same while nothing changes that one could see', () => {
  const markerOf = createMarkers();
  const air = sensorOf();
  const first = markerOf(air, STYLE, THEN_US);
  expect(first).toMatchObject({ feature: 'town/hall', place: [0, 0, -100], share: 0.25, doubted: false });
  air.reading = { value: 12.501, timeUs: THEN_US + 1e6, quality: 0 };
  expect(markerOf(air, STYLE, THEN_US)).toBe(first);
  air.reading = { value: 40, timeUs: THEN_US + 2e6, quality: 0 };
  expect(markerOf(air, STYLE, THEN_US)).not.toBe(first);
});

it('is doubted when it is stale, or something speaks against it', () => {
  const markerOf = createMarkers();
  const air = sensorOf();
  expect(markerOf(air, STYLE, THEN_US + 59e6)?.doubted).toBe(false);
  expect(markerOf(air, STYLE, THEN_US + 61e6)?.doubted).toBe(true);
  expect(markerOf(sensorOf({}, { quality: 8 }), STYLE, THEN_US)?.doubted).toBe(true);
});

it('isn’t there without a value, or without a scale', () => {
  const markerOf = createMarkers();
  expect(markerOf({ ...sensorOf(), reading: undefined }, STYLE, THEN_US)).toBe(undefined);
  expect(markerOf(sensorOf(), { ...STYLE, scale: undefined }, THEN_US)).toBe(undefined);
});

it('counts from the nearest on, and leaves out what has no place', () => {
  const markerOf = createMarkers();
  const markers = [sensorOf({ position: [0, 50, 0] }), sensorOf({ position: undefined }), sensorOf({ position: [0, 10, 0] }), sensorOf({ position: [0, 90, 0] })].map(
    (sensor) => markerOf(sensor, STYLE, THEN_US)!,
  );
  expect(nearest(markers, { x: 0, y: 0, z: 0 }, 2).map(({ place }) => place[2])).toEqual([-10, -50]);
});
