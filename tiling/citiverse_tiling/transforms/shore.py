"""Unseen walls around water, so that nobody walks in, with gaps where a road or bridge crosses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.transforms.raster import Grid, draw

if TYPE_CHECKING:
    from citiverse_tiling.model import BoolArray, Float64Array, Int64Array

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


def shore_walls(
    water: Float64Array, floors: Float64Array, origin: Float64Array, side_m: float
) -> Float64Array:
    """Walls along the outline of water, as triangles (T, 3, 3).

    `water` and `floors` are triangles (T, 3, 3); `origin` (2,) and `side_m` the square in which
    crossings are looked for. An edge that two triangles of water share is no shore. Where a floor
    between a wall's foot and its top lies on both sides of a piece of shore, it has no wall.
    """
    starts, ends = _pieces(*_within(*_outline(water), origin, side_m))
    spacing = max(_SPACING_M, side_m / _MOST_STEPS)
    reach = max(REACH_M, spacing)
    nodes = round(side_m / spacing) + 1
    grid = Grid(origin, spacing, nodes, nodes)
    heights = grid.empty()
    draw(grid, floors, heights)
    middle, along = (starts + ends) / 2, (ends - starts)[:, :2]
    length = np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / length * reach
    crossed = np.ones(len(middle), np.bool_)
    for offset in (across, -across):
        floor = grid.nearest(heights, middle[:, :2] + offset) - middle[:, 2]
        crossed &= (floor > -BELOW_M) & (floor < ABOVE_M)
    return _walls(starts[~crossed], ends[~crossed])


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


def _walls(starts: Float64Array, ends: Float64Array) -> Float64Array:
    """Two triangles a piece, from `BELOW_M` under its shore to `ABOVE_M` over it."""
    low, high = np.array([0.0, 0.0, -BELOW_M]), np.array([0.0, 0.0, ABOVE_M])
    a, b, c, d = starts + low, ends + low, ends + high, starts + high
    return np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
