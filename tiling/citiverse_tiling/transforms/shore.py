"""Unseen walls around water, so that nobody walks in, with gaps where a road or bridge crosses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.transforms.raster import Grid, draw

if TYPE_CHECKING:
    from citiverse_tiling.model import BoolArray, Float64Array, Int64Array
    from citiverse_tiling.transforms.ground import HeightField

BELOW_M = 1.0
ABOVE_M = 1.5
PIECE_M = 1.0
"""Shores are looked at in pieces of about this length."""

REACH_M = 0.75
"""A floor crosses the shore where it is on both sides, at this distance."""

_SPACING_M = 0.5
_MILLIMETRES = 1000
_MOST_PIECES = 100_000
_MOST_STEPS = 1_024
"""Where a city is so wide that its cells are large, crossings are looked for less closely."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What lies around water: floors, triangles (T, 3, 3), and the ground, in a square.

    `origin` (2,) is the square's south-west corner.
    """

    floors: Float64Array
    ground: HeightField
    origin: Float64Array
    side_m: float


def shore_walls(water: Float64Array, around: Surroundings) -> Float64Array:
    """Walls along the outline of water, triangles (T, 3, 3), as triangles (T, 3, 3).

    An edge that two triangles of water share is no shore. A wall reaches from `BELOW_M` under the
    water to `ABOVE_M` over it, or over the quay or bank beside it where that is higher. Where a
    floor between a wall's foot and its top over the water lies on both sides of a piece of shore,
    it has no wall; where a higher one does, as a bridge, the wall stays under it.
    """
    starts, ends = _pieces(*_within(*_outline(water), around.origin, around.side_m))
    spacing = max(_SPACING_M, around.side_m / _MOST_STEPS)
    nodes = round(around.side_m / spacing) + 1
    grid = Grid(around.origin, spacing, nodes, nodes)
    heights = grid.empty()
    draw(grid, around.floors, heights)
    middle, along = (starts + ends) / 2, (ends - starts)[:, :2]
    length = np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    reach = max(REACH_M, spacing)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / length * reach
    sides = [middle[:, :2] + across, middle[:, :2] - across]
    floors = np.stack([grid.nearest(heights, side) for side in sides]) - middle[:, 2]
    crossed = ((floors > -BELOW_M) & (floors < ABOVE_M)).all(axis=0)
    bank = np.stack([around.ground.at(side) for side in sides]) - middle[:, 2]
    beside = np.fmax(floors, bank).max(axis=0, initial=0.0)
    is_under = ~np.isnan(floors).any(axis=0)
    tops = np.where(is_under, 0.0, np.maximum(beside, 0.0)) + ABOVE_M
    return _walls(starts[~crossed], ends[~crossed], tops[~crossed])


def _outline(water: Float64Array) -> tuple[Float64Array, Float64Array]:
    """The edges that belong to one triangle only, as starts and ends, (k, 3) each."""
    starts = water.reshape(-1, 3)
    ends = np.roll(water, -1, axis=1).reshape(-1, 3)
    rounded = np.rint(np.stack([starts, ends], axis=1) * _MILLIMETRES).astype(np.int64)
    first, second = rounded[:, 0], rounded[:, 1]
    keys = np.concatenate([first, second], axis=1)
    turned = np.concatenate([second, first], axis=1)
    is_larger = _later(first, second)
    _, place, counts = np.unique(
        np.where(is_larger[:, None], turned, keys), axis=0, return_inverse=True, return_counts=True
    )
    single = counts[place.ravel()] == 1
    return starts[single], ends[single]


def _later(first: Int64Array, second: Int64Array) -> BoolArray:
    """Which of the points (k, 3) come after the others, by x, then y, then z."""
    step = np.sign(first - second)
    rank: BoolArray = step @ np.array([4, 2, 1]) > 0
    return rank


def _within(
    starts: Float64Array, ends: Float64Array, origin: Float64Array, side_m: float
) -> tuple[Float64Array, Float64Array]:
    """The edges whose boxes touch the square."""
    low, high = np.minimum(starts, ends)[:, :2], np.maximum(starts, ends)[:, :2]
    near = ((low <= origin + side_m) & (high >= origin)).all(axis=1)
    return starts[near], ends[near]


def _pieces(starts: Float64Array, ends: Float64Array) -> tuple[Float64Array, Float64Array]:
    """The edges cut into pieces of at most `PIECE_M`."""
    lengths = np.linalg.norm((ends - starts)[:, :2], axis=1)
    piece = max(PIECE_M, float(lengths.sum()) / _MOST_PIECES)
    counts = np.maximum(np.ceil(lengths / piece), 1).astype(np.int64)
    owners = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
    step = (ends - starts)[owners] / counts[owners][:, None]
    first = starts[owners] + step * place[:, None]
    return first, first + step


def _walls(starts: Float64Array, ends: Float64Array, tops: Float64Array) -> Float64Array:
    """Two triangles a piece, from `BELOW_M` under its shore to `tops` (n,) over it."""
    low = np.array([0.0, 0.0, -BELOW_M])
    high = np.zeros_like(starts)
    high[:, 2] = tops
    a, b, c, d = starts + low, ends + low, ends + high, starts + high
    return np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
