"""The ground as triangles: coarse where it is even, fine where it bends or where a border runs.

A quadtree over a rectangle. A cell is cut into four where the straight line between its corners
would miss the terrain, or the border of a region, by more than is allowed. Each leaf becomes two
triangles, or a fan around its middle where a neighbour is finer, so that there are no cracks.
Along the outer border of a rectangle the cells are all of one size: neighbours fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from citiverse_assets import terrain
from citiverse_assets.fields import Array, Box, Field, Region

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

UNIT_M = 1.5
"""All coordinates of corners are whole numbers of it."""

LARGEST = 64
"""Side of the largest cells, in units."""

BORDER_TOLERANCE_M = 0.1

Integers = npt.NDArray[np.int64]
Cell = tuple[int, int]
Heights: TypeAlias = Field
"""Heights in place of distances; x and y of one shape, metres."""


_NINE = np.array([(x, y) for y in (0.0, 0.5, 1.0) for x in (0.0, 0.5, 1.0)])


@dataclass(frozen=True, slots=True)
class Relief:
    """Heights, how far the triangles may be off where it matters (metres), and the sides of the
    smallest cells and of those along a rectangle's border, in units."""

    heights: Heights
    tolerance_m: float = 0.03
    smallest: int = 1
    border: int = 2


@dataclass(frozen=True, slots=True)
class Ground:
    """Triangles over a rectangle; `points` (n, 3) metres, `triangles` (m, 3) counter-clockwise."""

    points: Array
    triangles: Integers


def ground(box: Box, regions: Iterable[Region], relief: Relief | None = None) -> Ground:
    """The ground of a rectangle whose sides are multiples of the largest cell's, 96 m."""
    chosen = relief or Relief(terrain.heights)
    leaves, split = _cells(box, tuple(regions), chosen)
    return _triangles(leaves, split, chosen.heights)


def _cells(
    box: Box, regions: tuple[Region, ...], relief: Relief
) -> tuple[dict[Cell, int], set[tuple[int, ...]]]:
    low = (round(box[0] / UNIT_M), round(box[1] / UNIT_M))
    high = (round(box[2] / UNIT_M), round(box[3] / UNIT_M))
    corners = np.array(
        [(x, y) for y in range(low[1], high[1], LARGEST) for x in range(low[0], high[0], LARGEST)]
    )
    leaves: dict[Cell, int] = {}
    split: set[tuple[int, ...]] = set()
    size = LARGEST
    while len(corners):
        at_border = (corners == low).any(axis=1) | (corners + size == high).any(axis=1)
        cut = np.where(at_border, size > relief.border, _bends(corners, size, regions, relief))
        leaves.update(dict.fromkeys(map(_pair, corners[~cut].tolist()), size))
        split.update((x, y, size) for x, y in corners[cut].tolist())
        size //= 2
        parents = corners[cut]
        corners = np.concatenate([parents + step for step in _quarters(size)])
    return leaves, split


def _pair(values: list[int]) -> Cell:
    return (values[0], values[1])


def _quarters(size: int) -> tuple[Integers, ...]:
    return tuple(np.array(step) * size for step in ((0, 0), (1, 0), (0, 1), (1, 1)))


def _bends(
    corners: Integers, size: int, regions: tuple[Region, ...], relief: Relief
) -> npt.NDArray[np.bool_]:
    """Which cells are too coarse. Shape (n,)."""
    if size <= relief.smallest:
        return np.zeros(len(corners), bool)
    side = size * UNIT_M
    at = corners[:, None, :] * UNIT_M + _NINE * side
    height = relief.heights(at[..., 0], at[..., 1])
    near_sea = (height.min(axis=1) < 0.3) & (height.max(axis=1) > -0.3)
    out = np.hypot(at[:, 4, 0], at[:, 4, 1] - 150.0) - 330.0
    allowed = relief.tolerance_m + 0.004 * np.clip(out, 0.0, 100.0)
    steep = height.max(axis=1) - height.min(axis=1) > 0.35 * side
    allowed = np.where(steep, np.maximum(allowed, 0.12), allowed)
    allowed = np.where(near_sea | (height.max(axis=1) > 0.0), allowed, 0.3)
    bends = _miss(height) > allowed
    west, south = at[:, 0, 0], at[:, 0, 1]
    for region in regions:
        box = region.box
        near = (west <= box[2]) & (west + side >= box[0]) & (south <= box[3])
        near &= (south + side >= box[1]) & ~bends
        if near.any():
            value = region.field(at[near, :, 0], at[near, :, 1])
            crossed = np.abs(value).min(axis=1) < side * 0.71
            bends[near] = crossed & (_miss(value) > BORDER_TOLERANCE_M)
    return bends


def _miss(value: Array) -> Array:
    """How far values at the middles are from those between the corners. (n, 9) to (n,)."""
    a, b, c, d = value[:, 0], value[:, 2], value[:, 6], value[:, 8]
    expected = np.stack([a + b, a + c, b + d, c + d, (a + b + c + d) / 2], axis=1) / 2
    return np.asarray(np.abs(value[:, (1, 3, 5, 7, 4)] - expected).max(axis=1))


def _triangles(leaves: dict[Cell, int], split: set[tuple[int, ...]], heights: Heights) -> Ground:
    # Corners in half units, so that the middle of any cell that is fanned is a whole number.
    number: dict[Cell, int] = {}
    triangles: list[tuple[int, int, int]] = []

    def index(x: int, y: int) -> int:
        return number.setdefault((x, y), len(number))

    for (x, y), size in leaves.items():
        ring = [index(2 * px, 2 * py) for px, py in _outline(x, y, size, split)]
        if len(ring) == 4:
            a, b, c, d = ring
            triangles += (
                ((a, b, c), (a, c, d))
                if (x // size + y // size) % 2
                else (
                    (a, b, d),
                    (b, c, d),
                )
            )
        else:
            middle = index(2 * x + size, 2 * y + size)
            triangles += ((middle, a, b) for a, b in zip(ring, (*ring[1:], ring[0]), strict=True))
    plan = np.array(list(number), float) * (UNIT_M / 2)
    points = np.column_stack([plan, heights(plan[:, 0], plan[:, 1])])
    return Ground(points, np.array(triangles))


def _outline(x: int, y: int, size: int, split: set[tuple[int, ...]]) -> Iterator[Cell]:
    """The corners of a leaf and of its finer neighbours along its sides, counter-clockwise."""
    yield (x, y)
    yield from ((x + at, y) for at in _steps((x, y - size), size, (1, 0), 1, split))
    yield (x + size, y)
    yield from ((x + size, y + at) for at in _steps((x + size, y), size, (0, 1), 0, split))
    yield (x + size, y + size)
    north = _steps((x, y + size), size, (1, 0), 0, split)
    yield from ((x + at, y + size) for at in reversed(tuple(north)))
    yield (x, y + size)
    west = _steps((x - size, y), size, (0, 1), 1, split)
    yield from ((x, y + at) for at in reversed(tuple(west)))


def _steps(
    cell: Cell, size: int, along: Cell, far_half: int, split: set[tuple[int, ...]]
) -> Iterator[int]:
    """Where a neighbour's side is divided, from its start; `far_half` if its far half touches."""
    if (*cell, size) not in split:
        return
    half = size // 2
    x = cell[0] + along[1] * far_half * half
    y = cell[1] + along[0] * far_half * half
    yield from _steps((x, y), half, along, far_half, split)
    yield half
    after = (x + along[0] * half, y + along[1] * half)
    yield from (half + at for at in _steps(after, half, along, far_half, split))
