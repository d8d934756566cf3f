"""How high the city rises round a small cell of ground, in every direction and up to any distance.

Conservative for each eye in the cell, not just for its middle. In one sector, all lines from all
eyes run within a strip as wide as the cell, which is cut into narrow lanes. What can't be
overlooked from any place of a lane hides what lies behind; a strip hides as much as its worst lane
does. Where a lane is blocked may differ from lane to lane, and the obstacle may be made of many
buildings: it is the row of houses that hides the next street, not the single house.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.visibility.lattice import STEP_M

if TYPE_CHECKING:
    from citiverse_tiling.model import Float32Array, Float64Array, Int64Array

CELL_STEPS = 8
CELL_M = CELL_STEPS * STEP_M
RADIUS_M = CELL_M / 2**0.5
"""From a cell's middle to its corners."""
SECTORS = 768
HALF_SECTOR = np.pi / SECTORS
_LANES = 8
_HALF_LANE_M = RADIUS_M / _LANES
REACH_M = 380.0


def _distances() -> Float64Array:
    """Every metre and a half, so that hardly a house is stepped over, then less densely.

    The first lies ahead of all eyes of the cell.
    """
    near = np.arange(RADIUS_M + 0.2, 48.0, 1.5)
    far = near[-1] * 1.04 ** np.arange(1, 61)
    return np.concatenate([near, far[far < REACH_M]])


AHEAD = _distances()
"""(K,) m, rising: how far from the cell's middle obstacles are looked for."""
_NEARNESS = (1 / (AHEAD + RADIUS_M)).astype(np.float32)[:, None]
"""(K, 1): of how far they are from the eyes that are farthest back."""


@dataclass(frozen=True, slots=True)
class _Band:
    """Obstacles up to a distance are looked up among heights eroded for it, some steps apart."""

    far_m: float
    steps: int

    @property
    def margin(self) -> int:
        """How many steps of the lattice beyond the cells it needs."""
        margin = int(np.ceil((self.far_m + 2 * RADIUS_M) / STEP_M))
        return margin + -margin % CELL_STEPS

    @property
    def erosion(self) -> int:
        """Steps each way that a strip's lane is wide at the far end, and what rounding leaves."""
        reach_m = _HALF_LANE_M + (self.far_m + RADIUS_M) * np.tan(HALF_SECTOR)
        # The nearest point is looked at, and what lies between points is as low as the lowest.
        return int(np.floor(reach_m / STEP_M + self.steps / 2)) + 1


_BANDS = (_Band(93.0, 1), _Band(215.0, 1), _Band(337.0, 1), _Band(REACH_M, 1))
MARGIN = _BANDS[-1].margin
"""Steps of the lattice beyond the cells that `surroundings` asks for."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The solid heights round the cells of a square, eroded for each band of distances.

    eroded   flat (side²,) of each band
    sides    of each band's lattice, which has a point for `steps` of the finest
    firsts   of each band: what to add to the flat index of a cell's middle for the first point
    offsets  (k, lanes · SECTORS) of each band: from there to each point, none negative
    """

    eroded: tuple[Float32Array, ...]
    sides: tuple[int, ...]
    firsts: tuple[int, ...]
    offsets: tuple[Int64Array, ...]


def surroundings(solid: Float32Array) -> Surroundings:
    """Of solid heights on a lattice, which goes `MARGIN` beyond the cells on each side."""
    eroded, sides, firsts, offsets, near_m = [], [], [], [], 0.0
    angles = (np.arange(SECTORS) + 0.5) * 2 * HALF_SECTOR
    aside = ((np.arange(_LANES) * 2 + 1) * _HALF_LANE_M - RADIUS_M)[:, None]
    for band in _BANDS:
        kept = slice(MARGIN - band.margin, len(solid) - MARGIN + band.margin)
        found = erode(solid[kept, kept], band.erosion)[:: band.steps, :: band.steps]
        within = np.searchsorted(AHEAD, (near_m, band.far_m))
        some = AHEAD[slice(*within), None, None]
        step_m = band.steps * STEP_M
        columns = np.rint((some * np.cos(angles) - aside * np.sin(angles)) / step_m)
        rows = np.rint((some * np.sin(angles) + aside * np.cos(angles)) / step_m)
        eroded.append(found.ravel())
        sides.append(len(found))
        flat = (rows * len(found) + columns).astype(np.int64)
        firsts.append(int(flat.min()))
        offsets.append((flat - flat.min()).reshape(len(some), -1))
        near_m = band.far_m
    return Surroundings(tuple(eroded), tuple(sides), tuple(firsts), tuple(offsets))


def erode(heights: Float32Array, reach: int) -> Float32Array:
    """The lowest within `reach` points each way; beyond the edge there is nothing solid."""
    for axis in (0, 1):
        pad = [(reach, reach) if one == axis else (0, 0) for one in (0, 1)]
        found = np.moveaxis(np.pad(heights, pad, constant_values=-np.inf), axis, 0)
        width, wanted = 1, 2 * reach + 1
        while width < wanted:
            shift = min(width, wanted - width)
            found = np.minimum(found[:-shift], found[shift:])
            width += shift
        heights = np.moveaxis(found, 0, axis)
    return np.ascontiguousarray(heights)


def horizon(around: Surroundings, row: int, column: int, eye_m: float) -> Float32Array:
    """Slope below which nothing is seen beyond each distance, in each sector, (K, SECTORS).

    As it is for the eyes that are farthest back.

    row, column  of the cell among those of the square
    eye_m        height of the highest eye
    """
    rising = np.empty((len(AHEAD), _LANES * SECTORS), np.float32)
    done = 0
    for band, eroded, side, first, offsets in zip(
        _BANDS, around.eroded, around.sides, around.firsts, around.offsets, strict=True
    ):
        middle_row, middle_column = (
            (band.margin + one * CELL_STEPS + CELL_STEPS // 2) // band.steps
            for one in (row, column)
        )
        ahead = rising[done : done + len(offsets)]
        begin = middle_row * side + middle_column + first
        np.take(eroded[begin:], offsets, out=ahead, mode="clip")
        done += len(offsets)
    rising -= np.float32(eye_m)
    rising *= _NEARNESS
    for before, here in pairwise(rising):
        np.maximum(here, before, out=here)
    lanes = rising.reshape(len(rising), _LANES, SECTORS)
    while lanes.shape[1] > 1:
        half = lanes.shape[1] // 2
        lanes = np.minimum(lanes[:, :half], lanes[:, half:])
    return lanes[:, 0]
