"""Which part of a city to show first: where most buildings stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from citiverse_tiling.model import Float64Array, Int64Array

CELL_M = 200.0

METRES_A_DEGREE = 111_320.0


def heart_of(middles: Float64Array, most: int, reach_m: float) -> Int64Array:
    """Rows of the `most` nearest to the densest place, within `reach_m` of it, nearest first.

    `middles` (n, 2) are in metres. Of places that are equally dense it is the one nearest to the
    middle of all.
    """
    cells = np.floor(middles / CELL_M).astype(np.int64)
    places, rows, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    densest = np.flatnonzero(counts == counts.max())
    away = np.abs((places[densest] + 0.5) * CELL_M - np.median(middles, axis=0)).sum(axis=1)
    heart = middles[rows.ravel() == densest[int(away.argmin())]].mean(axis=0)
    distances = np.sqrt(np.square(middles - heart).sum(axis=1))
    nearest = np.argsort(distances, kind="stable")[:most]
    within: Int64Array = nearest[distances[nearest] <= reach_m]
    return within
