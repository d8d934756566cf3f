"""Places on Earth in the frame of a scene, and back: WGS 84, in columns.

The frame is that of docs/contract/scene.md: metres, x east, y north, z up at the scene's origin.
Forward after EPSG Guidance Note 7-2, 4.1.1 (9602, geographic to geocentric) and 4.1.2 (9837,
geographic to topocentric); back by Bowring's formula, below 1 µm within 10 km of height.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

SEMI_MAJOR_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
SEMI_MINOR_M = SEMI_MAJOR_M * (1 - FLATTENING)
ECCENTRICITY_2 = FLATTENING * (2 - FLATTENING)
SECOND_ECCENTRICITY_2 = ECCENTRICITY_2 / (1 - ECCENTRICITY_2)


@dataclass(frozen=True, slots=True)
class Frame:
    """A scene's frame: its origin in ECEF (3,), metres, and its axes as rows (3, 3)."""

    origin: NDArray[np.float64]
    axes: NDArray[np.float64]

    def to_scene(self, lon: ArrayLike, lat: ArrayLike, height: ArrayLike) -> NDArray[np.float64]:
        """Degrees and metres above the ellipsoid (n,) as points (n, 3) in the scene frame.

        A height of NaN makes the whole point NaN: who knows the ground gives the height.
        """
        moved = np.atleast_2d(_to_ecef(lon, lat, height)) - self.origin
        return moved @ self.axes.T

    def to_earth(self, points: ArrayLike) -> NDArray[np.float64]:
        """Points (n, 3) of the scene frame as lon, lat (degrees) and ellipsoidal height (n, 3)."""
        x, y, z = (np.atleast_2d(np.asarray(points, dtype=np.float64)) @ self.axes + self.origin).T
        across = np.hypot(x, y)
        reduced = np.arctan2(z * SEMI_MAJOR_M, across * SEMI_MINOR_M)
        lat = np.arctan2(
            z + SECOND_ECCENTRICITY_2 * SEMI_MINOR_M * np.sin(reduced) ** 3,
            across - ECCENTRICITY_2 * SEMI_MAJOR_M * np.cos(reduced) ** 3,
        )
        sine, cosine = np.sin(lat), np.cos(lat)
        # This form of the height holds at the poles, too.
        height = across * cosine + z * sine - SEMI_MAJOR_M * np.sqrt(1 - ECCENTRICITY_2 * sine**2)
        return np.stack((np.degrees(np.arctan2(y, x)), np.degrees(lat), height), axis=1)


def frame_at(lon: float, lat: float, height: float = 0.0) -> Frame:
    """The frame of a scene with this origin: degrees, metres above the ellipsoid (scenes: 0)."""
    east, north = np.radians(lon), np.radians(lat)
    sin_lon, cos_lon, sin_lat, cos_lat = np.sin(east), np.cos(east), np.sin(north), np.cos(north)
    axes = np.array(
        [
            [-sin_lon, cos_lon, 0.0],
            [-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat],
            [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat],
        ]
    )
    return Frame(_to_ecef(lon, lat, height), axes)


def _to_ecef(lon: ArrayLike, lat: ArrayLike, height: ArrayLike) -> NDArray[np.float64]:
    east, north = np.radians(np.asarray(lon)), np.radians(np.asarray(lat))
    above = np.asarray(height, dtype=np.float64)
    sine = np.sin(north)
    normal = SEMI_MAJOR_M / np.sqrt(1 - ECCENTRICITY_2 * sine**2)
    across = (normal + above) * np.cos(north)
    up = (normal * (1 - ECCENTRICITY_2) + above) * sine
    return np.stack((across * np.cos(east), across * np.sin(east), up), axis=-1)
