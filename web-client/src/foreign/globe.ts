/** Where the world frame of a scene lies on the globe (docs/contract/scene.md, "Frames"). */
import { Matrix4 } from 'three';

const SEMI_MAJOR_AXIS_M = 6_378_137;
const FLATTENING = 1 / 298.257223563;

/**
 * From ECEF (EPSG:4978), metres, to the world frame of a scene: x east, y up, z south of its origin.
 *
 * By EPSG Guidance Note 7-2, 4.1.1 and 4.1.2. @param origin in degrees, ellipsoidal height 0.
 */
export function worldFromEcef(origin: { readonly lon: number; readonly lat: number }): Matrix4 {
  const lon = (origin.lon * Math.PI) / 180;
  const lat = (origin.lat * Math.PI) / 180;
  const [sinLon, cosLon, sinLat, cosLat] = [Math.sin(lon), Math.cos(lon), Math.sin(lat), Math.cos(lat)];
  const squaredEccentricity = FLATTENING * (2 - FLATTENING);
  const primeVertical = SEMI_MAJOR_AXIS_M / Math.sqrt(1 - squaredEccentricity * sinLat * sinLat);
  const x = primeVertical * cosLat * cosLon;
  const y = primeVertical * cosLat * sinLon;
  const z = primeVertical * (1 - squaredEccentricity) * sinLat;
  const rows = [
    [-sinLon, cosLon, 0],
    [cosLat * cosLon, cosLat * sinLon, sinLat],
    [sinLat * cosLon, sinLat * sinLon, -cosLat],
  ];
  const moved = rows.map(([a, b, c]) => [a, b, c, -(a * x + b * y + c * z)]);
  return new Matrix4().set(...(moved.flat() as Twelve), 0, 0, 0, 1);
}

type Twelve = [number, number, number, number, number, number, number, number, number, number, number, number];
