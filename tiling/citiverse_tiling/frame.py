"""The scene frame: metres, east-north-up on the tangent plane of WGS 84 at the scene's origin."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin, sqrt
from typing import TYPE_CHECKING

import numpy as np
from pyproj import Transformer

if TYPE_CHECKING:
    from citiverse_tiling.model import Float64Array

SEMI_MAJOR_AXIS_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
"""WGS 84 ellipsoid (EPSG:7030)."""


@dataclass(frozen=True, slots=True)
class SceneFrame:
    """East-north-up at longitude and latitude in degrees, ellipsoidal height 0.

    The way to ECEF (EPSG:4978) and back is rigid, so lengths and areas are those on Earth.
    """

    lon: float
    lat: float

    @property
    def origin_ecef(self) -> Float64Array:
        """ECEF position of the origin, metres, (3,) (EPSG Guidance Note 7-2, clause 4.1.1)."""
        lon, lat = radians(self.lon), radians(self.lat)
        squared_eccentricity = FLATTENING * (2 - FLATTENING)
        prime_vertical = SEMI_MAJOR_AXIS_M / sqrt(1 - squared_eccentricity * sin(lat) ** 2)
        return np.array(
            [
                prime_vertical * cos(lat) * cos(lon),
                prime_vertical * cos(lat) * sin(lon),
                prime_vertical * (1 - squared_eccentricity) * sin(lat),
            ]
        )

    @property
    def axes(self) -> Float64Array:
        """Rows east, north and up as ECEF unit vectors, (3, 3) (Guidance Note 7-2, 4.1.2)."""
        lon, lat = radians(self.lon), radians(self.lat)
        return np.array(
            [
                [-sin(lon), cos(lon), 0.0],
                [-sin(lat) * cos(lon), -sin(lat) * sin(lon), cos(lat)],
                [cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)],
            ]
        )

    def from_ecef(self, ecef: Float64Array) -> Float64Array:
        """ECEF (N, 3) to the scene frame (N, 3)."""
        # By einsum, here and below: for three columns BLAS spends 10 × as much on its threads.
        points: Float64Array = np.einsum("ij,kj->ik", ecef - self.origin_ecef, self.axes)
        return points

    def to_ecef(self, points: Float64Array) -> Float64Array:
        """Scene frame (N, 3) to ECEF (N, 3)."""
        ecef: Float64Array = np.einsum("ij,jk->ik", points, self.axes) + self.origin_ecef
        return ecef

    def to_geodetic(self, points: Float64Array) -> Float64Array:
        """Scene frame (N, 3) to longitude, latitude (degrees) and ellipsoidal height, (N, 3)."""
        return geodetic_from_ecef(self.to_ecef(points))

    def transform(self, translation: Float64Array) -> tuple[float, ...]:
        """Scene frame moved by `translation` → ECEF, column-major (3D Tiles, tile.transform)."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.axes.T
        matrix[:3, 3] = self.to_ecef(translation[None])[0]
        return tuple(matrix.T.ravel().tolist())


def geodetic_from_ecef(ecef: Float64Array) -> Float64Array:
    """ECEF (N, 3) to WGS 84 longitude, latitude (degrees) and ellipsoidal height, (N, 3)."""
    transformer = Transformer.from_crs(4978, 4979, always_xy=True)
    return np.column_stack(transformer.transform(ecef[:, 0], ecef[:, 1], ecef[:, 2]))


def frame_at(ecef: Float64Array) -> SceneFrame:
    """The frame for a scene whose first point is `ecef` (3,): rounded to 0.001 degrees."""
    lon, lat, _ = geodetic_from_ecef(ecef[None])[0]
    return SceneFrame(round(float(lon), 3), round(float(lat), 3))
