"""Between the scene frame and the CRS of a raster or a cloud of points, many points at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.crs import CrsRegistry
    from citiverse_tiling.frame import SceneFrame
    from citiverse_tiling.model import Float64Array

_STEP = 16
"""Every so many nodes are transformed, those between are interpolated.

Over 16 steps of 4 m the Earth and a map projection bend by less than a tenth of a millimetre.
"""


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a file covers.

    crs        key of the registry
    low, high  float64 (2,): corners, in that CRS
    spacing_m  about how far apart its cells or points are
    """

    path: Path
    crs: str
    low: Float64Array
    high: Float64Array
    spacing_m: float

    @property
    def middle(self) -> Float64Array:
        """Of the corners, (2,)."""
        middle: Float64Array = (self.low + self.high) / 2
        return middle


@dataclass(frozen=True, slots=True)
class Placing:
    """Turns coordinates of a source's CRS (a key of the registry) into the scene frame and back."""

    crs: CrsRegistry
    frame: SceneFrame

    def to_scene(self, key: str, coordinates: Float64Array) -> Float64Array:
        """(N, 3) easting or longitude, northing or latitude, height → (N, 3) scene frame.

        Raises BadCoordinates as `CrsRegistry.to_ecef` does.
        """
        return self.frame.from_ecef(self.crs.to_ecef(key, coordinates))

    def to_source(self, key: str, points: Float64Array) -> Float64Array:
        """The inverse of `to_scene`."""
        return self.crs.from_ecef(key, self.frame.to_ecef(points))

    def to_source_grid(
        self, key: str, x: Float64Array, y: Float64Array, z: Float64Array
    ) -> Float64Array:
        """Source coordinates of the nodes of a grid, (len(y), len(x), 3).

        x and y are ascending, scene frame; `z` is (len(y), len(x)).
        """
        rows, columns = _lattice(len(y)), _lattice(len(x))
        across, along = np.meshgrid(x[columns], y[rows])
        points = np.stack([across, along, z[np.ix_(rows, columns)]], axis=-1)
        found = self.to_source(key, points.reshape(-1, 3)).reshape(points.shape)
        # The ground between may be steep; how far the source's heights are off z changes slowly.
        found[..., 2] -= points[..., 2]
        found = _between(_between(found, y[rows], y).swapaxes(0, 1), x[columns], x).swapaxes(0, 1)
        found[..., 2] += z
        return found


def _lattice(count: int) -> list[int]:
    """Every `_STEP`-th of `count` nodes, and the last."""
    return sorted({*range(0, count, _STEP), count - 1})


def _between(values: Float64Array, known: Float64Array, wanted: Float64Array) -> Float64Array:
    """Linear along the first axis."""
    if len(known) == 1:
        return np.repeat(values, len(wanted), axis=0)
    after = np.clip(np.searchsorted(known, wanted, side="right"), 1, len(known) - 1)
    part = (wanted - known[after - 1]) / (known[after] - known[after - 1])
    part = part.reshape(-1, *(1,) * (values.ndim - 1))
    found: Float64Array = values[after - 1] * (1 - part) + values[after] * part
    return found


def spacing_m(crs: CrsRegistry, key: str, middle: Float64Array, step: Float64Array) -> float:
    """How many metres apart coordinates at `middle` (3,) and a `step` (3,) beside it are."""
    points = crs.to_ecef(key, np.stack([middle, middle + step]))
    return float(np.linalg.norm(points[1] - points[0]))
