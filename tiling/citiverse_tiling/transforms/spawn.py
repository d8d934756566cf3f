"""Where a visitor starts: on free ground near the dense middle, with a long view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from citiverse_tiling.transforms.block import join_blocks
from citiverse_tiling.transforms.raster import Grid, draw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_tiling.model import BoolArray, Float64Array, Int64Array
    from citiverse_tiling.transforms.block import Blocks

CLEARANCE_M = 3.0
"""A visitor starts at least this far from every wall."""

AROUND_THINGS_M = 2.0
"""And this far from trees and street furniture."""

CLOSE_THINGS_M = 14
"""A tree or a market stall nearer than this in the line of sight takes its share of the view."""

WINDOW_M = 384
"""Side of the area around the dense middle that is looked at, on a grid of 1 m."""

LONGEST_VIEW_M = 120
INTO_THE_OPEN_M = 6
"""A view that meets no building is worth no more than this: a visitor comes to see the city."""

_HEADINGS = 48
_CANDIDATES = 128
_NEAREST = 1_024
_NEIGHBOURHOOD_M = 64.0


class Stock(Protocol):
    """Many blocks, of which a few are looked at at a time."""

    def pieces(self) -> Iterator[tuple[int, Blocks]]:
        """All, a few at a time, each time with the number of the first."""

    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class View:
    """A place (x, y) in the scene frame and a heading, degrees clockwise from north."""

    x: float
    y: float
    heading_deg: float


def find_view(blocks: Stock, things: Stock | None = None) -> View:
    """The start for n ≥ 1 blocks of buildings; `things` are in the way, but hide no view.

    Blocks are never smaller than what they stand for, so free here is free in the city. Where
    the middle has no free ground, the start is outside, looking at the city.
    """
    middle = _dense_middle(blocks)
    view = _best_view(blocks, things, middle, None)
    return view or _outside(blocks, middle)


def view_from_square(blocks: Stock, things: Stock, corners: Float64Array) -> View | None:
    """The start on a square, given as triangles (T, 3, 3), T ≥ 1; None where it has no free ground.

    `blocks` may be none at all.
    """
    middle = (corners.min(axis=(0, 1)) + corners.max(axis=(0, 1)))[:2] / 2
    return _best_view(blocks, things, middle, corners)


def _best_view(
    blocks: Stock, things: Stock | None, middle: Float64Array, square: Float64Array | None
) -> View | None:
    """The best start in the window around `middle`, on the square where one is given."""
    origin = np.round(middle) - WINDOW_M / 2
    houses = _near(blocks, middle)
    walls = _occupancy(houses, origin, 0.0)
    free = ~_occupancy(houses, origin, CLEARANCE_M + 1.0)
    stuff = np.zeros_like(walls)
    if things is not None:
        near = _near(things, middle)
        stuff = _occupancy(near, origin, 0.0)
        free &= ~_occupancy(near, origin, AROUND_THINGS_M)
    if square is not None:
        grid = Grid(origin + 0.5, 1.0, WINDOW_M, WINDOW_M)
        floor = grid.empty()
        draw(grid, square, floor)
        free &= ~np.isnan(floor).T
    candidates = _candidates(free)
    if not len(candidates):
        return None
    views = _views(walls, candidates) * _clearness(stuff, candidates)
    best, heading = np.unravel_index(int(views.argmax()), views.shape)
    x, y = origin + candidates[best] + 0.5
    return View(float(x), float(y), float(heading) * 360 / _HEADINGS)


def _near(blocks: Stock, middle: Float64Array) -> Blocks:
    near = [join_blocks([])]
    for _, some in blocks.pieces():
        is_near = np.abs(some.centers - middle).max(axis=1) < WINDOW_M / 2 + _reach(some)
        near.append(some.take(np.flatnonzero(is_near)))
    return join_blocks(near)


def _reach(blocks: Blocks) -> Float64Array:
    """Radius of each footprint with its clearance, (n,)."""
    radii: Float64Array = np.sqrt(np.sum(blocks.half_sizes**2, axis=1)) + CLEARANCE_M + 1.0
    return radii


def _dense_middle(blocks: Stock) -> Float64Array:
    """The middle of those in the neighbourhood that has most; of the best, the most central."""
    keys = np.unique(np.concatenate([np.unique(_cells(some)) for _, some in blocks.pieces()]))
    counts, sums = np.zeros(len(keys)), np.zeros((len(keys), 2))
    for _, some in blocks.pieces():
        cells = np.searchsorted(keys, _cells(some))
        np.add.at(counts, cells, 1)
        np.add.at(sums, cells, some.centers)
    median = np.array([_median(blocks, axis) for axis in range(2)])
    best = np.flatnonzero(counts >= 0.8 * counts.max())
    means = sums[best] / counts[best, None]
    distance = np.sum((means - median) ** 2, axis=1)
    middle: Float64Array = means[int(distance.argmin())]
    return middle


def _cells(blocks: Blocks) -> Int64Array:
    """The neighbourhood that each is in, from west to east and then from south to north, (n,)."""
    cells = np.floor(blocks.centers / _NEIGHBOURHOOD_M).astype(np.int64)
    keys: Int64Array = (cells[:, 0] << 32) + cells[:, 1]
    return keys


def _median(blocks: Stock, axis: int) -> float:
    """That of one coordinate of the middles."""
    places = np.empty(len(blocks))
    for start, some in blocks.pieces():
        places[start : start + len(some)] = some.centers[:, axis]
    return float(np.median(places, overwrite_input=True))


def _occupancy(blocks: Blocks, origin: Float64Array, margin_m: float) -> BoolArray:
    """Which 1 m cells a footprint grown by `margin_m` may touch, (WINDOW_M, WINDOW_M) by x, y."""
    grid = np.zeros((WINDOW_M, WINDOW_M), np.bool_)
    steps = np.arange(WINDOW_M) + 0.5
    for center, axis, half in zip(blocks.centers, blocks.axes, blocks.half_sizes, strict=True):
        reach = float(np.hypot(*half)) + margin_m + 1.0
        low = np.clip(np.floor(center - origin - reach), 0, WINDOW_M).astype(np.int64)
        high = np.clip(np.ceil(center - origin + reach), 0, WINDOW_M).astype(np.int64)
        x = steps[low[0] : high[0], None] - (center - origin)[0]
        y = steps[None, low[1] : high[1]] - (center - origin)[1]
        inside = np.abs(x * axis[0] + y * axis[1]) <= half[0] + margin_m + 0.71
        inside &= np.abs(y * axis[0] - x * axis[1]) <= half[1] + margin_m + 0.71
        grid[low[0] : high[0], low[1] : high[1]] |= inside
    return grid


def _candidates(free: BoolArray) -> Int64Array:
    """Free cells around the window's middle, ever sparser outwards, (k, 2)."""
    cells = np.argwhere(free)
    distance = np.sum((cells - WINDOW_M / 2) ** 2, axis=1)
    nearest = cells[np.argsort(distance, kind="stable")[:_NEAREST]]
    chosen = np.linspace(0, 1, _CANDIDATES, endpoint=False) ** 2 * len(nearest)
    return nearest[np.unique(chosen.astype(np.int64))] if len(nearest) else nearest


def _views(walls: BoolArray, candidates: Int64Array) -> Float64Array:
    """Free metres to the first wall from each candidate in each heading, (k, _HEADINGS)."""
    return _first_hits(walls, candidates, LONGEST_VIEW_M, INTO_THE_OPEN_M)


def _clearness(things: BoolArray, candidates: Int64Array) -> Float64Array:
    """Share of the first metres that is free of things, and beside it to both sides, ≤ 1."""
    free = _first_hits(things, candidates, CLOSE_THINGS_M, CLOSE_THINGS_M)
    beside = np.minimum(np.roll(free, 1, axis=1), np.roll(free, -1, axis=1))
    return (free + beside) / (2 * CLOSE_THINGS_M)


def _first_hits(
    blocked: BoolArray, candidates: Int64Array, reach_m: int, if_none_m: float
) -> Float64Array:
    """Metres to the first blocked cell from each candidate in each heading, (k, _HEADINGS)."""
    heading = np.radians(np.arange(_HEADINGS) * 360 / _HEADINGS)
    steps = np.arange(1, reach_m)
    away = np.stack([np.sin(heading)[:, None] * steps, np.cos(heading)[:, None] * steps])
    metres = np.empty((len(candidates), _HEADINGS))
    for number, candidate in enumerate(candidates):
        x, y = np.floor(away + candidate[:, None, None] + 0.5).astype(np.int64)
        inside = (x >= 0) & (x < WINDOW_M) & (y >= 0) & (y < WINDOW_M)
        hit = blocked[np.clip(x, 0, WINDOW_M - 1), np.clip(y, 0, WINDOW_M - 1)] & inside
        metres[number] = np.where(hit.any(axis=1), hit.argmax(axis=1), if_none_m)
    return metres


def _outside(blocks: Stock, middle: Float64Array) -> View:
    """South of everything, looking north at the dense middle."""
    corners = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])
    south = min(float(some.footprint(corners)[..., 1].min()) for _, some in blocks.pieces())
    return View(float(middle[0]), south - 30.0, 0.0)
