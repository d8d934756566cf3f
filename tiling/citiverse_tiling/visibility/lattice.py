"""Points half a metre apart, and where vertical lines through them meet triangles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_tiling.model import Float32Array, Float64Array, Int64Array

STEP_M = 0.5
_LEVEL_ENOUGH = 1e-3
"""Of a normal's length: what is steeper than this is crossed by no vertical line worth counting."""
_POINTS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class Lattice:
    """Points at (column + x, row + y) · STEP_M of the scene frame, of which `side` are each way."""

    x: int
    y: int
    side: int

    def nothing(self) -> Float32Array:
        """−inf at each point, (side, side)."""
        return np.full((self.side, self.side), -np.inf, np.float32)


class Crossings(NamedTuple):
    """Where vertical lines through points of a lattice meet triangles: flat point, triangle, z."""

    points: Int64Array
    triangles: Int64Array
    heights: Float64Array


def highest(lattice: Lattice, corners: Float64Array) -> Float32Array:
    """Height of the highest triangle (T, 3, 3) at each point, −inf without one, (side, side)."""
    found = lattice.nothing().ravel()
    for crossings in crossings_of(lattice, corners):
        np.maximum.at(found, crossings.points, crossings.heights.astype(np.float32))
    return found.reshape(lattice.side, lattice.side)


def normals_of(corners: Float64Array) -> Float64Array:
    """Of twice the triangles' area, (T, 3)."""
    normals: Float64Array = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return normals


def crossings_of(lattice: Lattice, corners: Float64Array) -> Iterator[Crossings]:
    """Crossings of triangles (T, 3, 3) with the vertical lines through the lattice's points."""
    left, low, columns, rows = _spans(lattice, corners)
    running = np.cumsum(columns * rows)
    start = 0
    while start < len(corners):
        spent = running[start - 1] if start else 0
        end = max(int(np.searchsorted(running, spent + _POINTS_AT_ONCE, side="right")), start + 1)
        some = slice(start, end)
        count = columns[some] * rows[some]
        triangles = np.repeat(np.arange(start, end), count)
        within = np.arange(len(triangles)) - np.repeat(np.cumsum(count) - count, count)
        x = left[triangles] + within % columns[triangles]
        y = low[triangles] + within // columns[triangles]
        inside, heights = _heights_at(lattice, corners, triangles, x, y)
        points = y[inside] * lattice.side + x[inside]
        yield Crossings(points, triangles[inside], heights)
        start = end


def _spans(
    lattice: Lattice, corners: Float64Array
) -> tuple[Int64Array, Int64Array, Int64Array, Int64Array]:
    """First column and row that each triangle spans, and how many of them; 0 of steep ones."""
    normals = normals_of(corners)
    lengths = np.linalg.norm(normals, axis=1)
    steep = np.abs(normals[:, 2]) <= _LEVEL_ENOUGH * lengths
    flat = corners[:, :, :2] / STEP_M - [lattice.x, lattice.y]
    low = np.clip(np.ceil(flat.min(axis=1) - 1e-9), 0, lattice.side).astype(np.int64)
    high = np.clip(np.floor(flat.max(axis=1) + 1e-9), -1, lattice.side - 1).astype(np.int64)
    count = np.where(steep[:, None], 0, np.maximum(high - low + 1, 0))
    return low[:, 0], low[:, 1], count[:, 0], count[:, 1]


def _heights_at(
    lattice: Lattice, corners: Float64Array, triangles: Int64Array, x: Int64Array, y: Int64Array
) -> tuple[Int64Array, Float64Array]:
    """Which of the points lie in their triangles, and the triangles' heights there."""
    place = np.stack([x + lattice.x, y + lattice.y], axis=1) * STEP_M
    a, b, c = (corners[triangles, corner] for corner in range(3))
    across, along = b - a, c - a
    to = place - a[:, :2]
    area = across[:, 0] * along[:, 1] - across[:, 1] * along[:, 0]
    second = (to[:, 0] * along[:, 1] - to[:, 1] * along[:, 0]) / area
    third = (across[:, 0] * to[:, 1] - across[:, 1] * to[:, 0]) / area
    # Points on an edge belong to both its triangles: none may fall between them.
    inside = np.flatnonzero((second >= -1e-9) & (third >= -1e-9) & (second + third <= 1 + 1e-9))
    heights: Float64Array = a[:, 2] + second * across[:, 2] + third * along[:, 2]
    return inside, heights[inside]
