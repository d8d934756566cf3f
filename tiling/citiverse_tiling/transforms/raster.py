"""Triangles seen from above, sampled at the nodes of a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from citiverse_tiling.model import Float64Array, Int64Array

_NODES_AT_ONCE = 1 << 20
_EDGE = 1e-6
"""A node that is this near to a triangle, in steps of the grid, is on it: no seams stay open."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Nodes `spacing_m` apart, row 0 and column 0 at `origin` (2,): the south-west corner."""

    origin: Float64Array
    spacing_m: float
    rows: int
    columns: int

    def empty(self) -> Float64Array:
        """Heights (rows, columns) of which nothing is known: all NaN."""
        return np.full((self.rows, self.columns), np.nan)

    def nearest(self, heights: Float64Array, points: Float64Array) -> Float64Array:
        """The heights at the nodes nearest to points (n, 2); NaN outside of the grid."""
        node = np.rint((points - self.origin) / self.spacing_m).astype(np.int64)
        inside = ((node >= 0) & (node < [self.columns, self.rows])).all(axis=1)
        found = np.full(len(points), np.nan)
        found[inside] = heights[node[inside, 1], node[inside, 0]]
        return found


def draw(grid: Grid, corners: Float64Array, heights: Float64Array) -> None:
    """Raise `heights` (rows, columns) to triangles (T, 3, 3), in place; the highest one counts.

    Each triangle is walked row by row of the grid, all of them at once: between the two points
    where a row enters and leaves the triangle lie its nodes.
    """
    flat = (corners[..., :2] - grid.origin) / grid.spacing_m
    one, two = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    twice_area = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    low = np.maximum(np.ceil(flat.min(axis=1) - _EDGE), 0).astype(np.int64)
    high = np.minimum(np.floor(flat.max(axis=1) + _EDGE), [grid.columns - 1, grid.rows - 1])
    spans = np.maximum(high.astype(np.int64) - low + 1, 0)
    nodes = spans[:, 0] * spans[:, 1]
    chosen = np.flatnonzero((np.abs(twice_area) > 1e-12) & (nodes > 0))
    pieces = np.searchsorted(
        np.cumsum(nodes[chosen]), np.arange(_NODES_AT_ONCE, nodes[chosen].sum(), _NODES_AT_ONCE)
    )
    for some in np.split(chosen, np.unique(pieces)):
        if len(some):
            _draw(grid, flat[some], corners[some, :, 2], (low[some, 1], spans[some, 1]), heights)


def _draw(
    grid: Grid,
    flat: Float64Array,
    z: Float64Array,
    rows: tuple[Int64Array, Int64Array],
    heights: Float64Array,
) -> None:
    """Draw triangles (T, 3, 2) in steps of the grid; `rows` are the first and how many, (T,)."""
    first, counts = rows
    owners, place = _runs(counts)
    row = first[owners] + place
    left, right = _crossings(flat[owners], row.astype(np.float64))
    start = np.maximum(np.ceil(left - _EDGE), 0)
    end = np.minimum(np.floor(right + _EDGE), grid.columns - 1)
    spans, place = _runs(np.maximum(end - start + 1, 0).astype(np.int64))
    column, row, owners = start.astype(np.int64)[spans] + place, row[spans], owners[spans]
    a, one, two = flat[:, 0], flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    up, over = z[:, 1] - z[:, 0], z[:, 2] - z[:, 0]
    area = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    slope_x = (up * two[:, 1] - over * one[:, 1]) / area
    slope_y = (over * one[:, 0] - up * two[:, 0]) / area
    found = z[owners, 0] + slope_x[owners] * (column - a[owners, 0])
    found += slope_y[owners] * (row - a[owners, 1])
    found = np.clip(found, z.min(axis=1)[owners], z.max(axis=1)[owners])
    np.fmax.at(heights.reshape(-1), row * grid.columns + column, found)


def _crossings(flat: Float64Array, row: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Where rows (k,) enter and leave triangles (k, 3, 2); nothing between where they don't."""
    left, right = np.full(len(row), np.inf), np.full(len(row), -np.inf)
    for edge in range(3):
        a, b = flat[:, edge], flat[:, (edge + 1) % 3]
        rise = b[:, 1] - a[:, 1]
        is_level = np.abs(rise) < _EDGE
        part = np.clip((row - a[:, 1]) / np.where(is_level, 1.0, rise), 0.0, 1.0)
        low, high = np.minimum(a[:, 1], b[:, 1]), np.maximum(a[:, 1], b[:, 1])
        met = (row >= low - _EDGE) & (row <= high + _EDGE)
        x = a[:, 0] + part * (b[:, 0] - a[:, 0])
        first = np.where(is_level, np.minimum(a[:, 0], b[:, 0]), x)
        last = np.where(is_level, np.maximum(a[:, 0], b[:, 0]), x)
        left = np.where(met, np.minimum(left, first), left)
        right = np.where(met, np.maximum(right, last), right)
    return left, right


def _runs(counts: Int64Array) -> tuple[Int64Array, Int64Array]:
    """Owner and place of each of `counts` (n,) entries: 0, 0, 0, 1, 1 … and 0, 1, 2, 0, 1 …"""
    owners = np.repeat(np.arange(len(counts)), counts)
    return owners, np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
