"""The ground among the lowest points of a cloud whose points nobody has classified.

A morphological opening (Zhang et al. 2003, "A progressive morphological filter for removing
nonground measurements from airborne LIDAR data", one step of it): what is higher than the lowest
ground within half a building around it stands on the ground.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

if TYPE_CHECKING:
    from citiverse_tiling.model import Float64Array

WIDEST_BUILDING_M = 30.0
STANDS_OUT_M = 0.8
TOO_LOW_M = 5.0
"""A node that is so far below the middle one of its neighbours is an error of the scanner."""

_LEAST_NEIGHBOURS = 3


def ground_of_lowest(lowest: Float64Array, spacing_m: float) -> Float64Array:
    """The nodes (rows, columns) that are ground; the others, and those unknown, become NaN."""
    heights = _without_pits(lowest)
    reach = int(np.ceil(WIDEST_BUILDING_M / 2 / spacing_m))
    eroded = _windowed(np.where(np.isnan(heights), np.inf, heights), reach, is_least=True)
    opened = _windowed(np.where(np.isinf(eroded), -np.inf, eroded), reach, is_least=False)
    return np.where(heights <= opened + STANDS_OUT_M, heights, np.nan)


def _without_pits(heights: Float64Array) -> Float64Array:
    padded = np.pad(heights, 1, constant_values=np.nan)
    around = sliding_window_view(padded, (3, 3)).reshape(*heights.shape, 9)
    around = np.sort(np.delete(around, 4, axis=-1), axis=-1)
    known = (~np.isnan(around)).sum(axis=-1)
    middle = np.take_along_axis(around, np.maximum(known // 2, 0)[..., None] % 8, axis=-1)[..., 0]
    is_pit = (known >= _LEAST_NEIGHBOURS) & (heights < middle - TOO_LOW_M)
    return np.where(is_pit, np.nan, heights)


def _windowed(heights: Float64Array, reach: int, is_least: bool) -> Float64Array:
    """The least or greatest within `reach` nodes east, west, north and south."""
    outside = np.inf if is_least else -np.inf
    for axis in (0, 1):
        edges = [(reach, reach) if axis == side else (0, 0) for side in (0, 1)]
        windows = sliding_window_view(
            np.pad(heights, edges, constant_values=outside), 2 * reach + 1, axis=axis
        )
        heights = windows.min(axis=-1) if is_least else windows.max(axis=-1)
    return heights
