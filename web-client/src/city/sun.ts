/**
 * Where the sun stands.
 *
 * Low-precision formulas of the Astronomical Almanac (section C, "Low precision formulas for the
 * Sun"): good to about 0.01° between 1950 and 2050; refraction is left out.
 */
export interface SunPosition {
  /** Above the horizon, radians; negative below it. */
  readonly elevation: number;
  /** Clockwise from north, radians, 0 to 2π. */
  readonly azimuth: number;
}

const RADIANS = Math.PI / 180;
const TURN = 2 * Math.PI;
const DAY_MS = 86_400_000;
/** 2000-01-01 12:00 UTC. */
const J2000_MS = Date.UTC(2000, 0, 1, 12);

/** @param utcMs milliseconds since 1970, UTC; longitude east and latitude north in degrees. */
export function sunPosition(utcMs: number, lonDeg: number, latDeg: number): SunPosition {
  const days = (utcMs - J2000_MS) / DAY_MS;
  const meanLongitude = (280.46 + 0.9856474 * days) * RADIANS;
  const anomaly = (357.528 + 0.9856003 * days) * RADIANS;
  const longitude =
    meanLongitude + (1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly)) * RADIANS;
  const obliquity = (23.439 - 0.0000004 * days) * RADIANS;
  const rightAscension = Math.atan2(Math.cos(obliquity) * Math.sin(longitude), Math.cos(longitude));
  const declination = Math.asin(Math.sin(obliquity) * Math.sin(longitude));
  const sidereal = (280.46061837 + 360.98564736629 * days + lonDeg) * RADIANS;
  const hourAngle = sidereal - rightAscension;
  const lat = latDeg * RADIANS;
  const elevation = Math.asin(
    Math.sin(lat) * Math.sin(declination) + Math.cos(lat) * Math.cos(declination) * Math.cos(hourAngle),
  );
  const west = Math.sin(hourAngle);
  const south = Math.cos(hourAngle) * Math.sin(lat) - Math.tan(declination) * Math.cos(lat);
  const azimuth = (Math.PI + Math.atan2(west, south) + TURN) % TURN;
  return { elevation, azimuth };
}

/** Unit vector of the world frame (x east, y up, z south). */
export function directionOf({ elevation, azimuth }: SunPosition): [number, number, number] {
  const flat = Math.cos(elevation);
  return [Math.sin(azimuth) * flat, Math.sin(elevation), -Math.cos(azimuth) * flat];
}
