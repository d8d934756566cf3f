"""The ground's quadtree: the height field in tiles of 32 × 32 quads, sampled coarser upwards.

Where photos are finer than the heights, tiles are smaller.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log2
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.tree.tile_tree import LayerTree

if TYPE_CHECKING:
    from citiverse_tiling.model import Float64Array, Int64Array

TILE_QUADS = 32
SKIRT_M = 0.5
"""Skirts reach at least this far below the worst error of any tile, so that no crack is seen
through: to a power of two, so that a change somewhere seldom changes the skirts everywhere."""


@dataclass(frozen=True, slots=True)
class GroundTree:
    """N tiles in breadth-first order.

    parents      int64 (N,); errors_m float64 (N,): against the finest level
    columns      per tile: columns of the height field that it samples
    rows         per tile: rows of the height field
    skirt_m      how far the skirts of all tiles hang down
    """

    parents: Int64Array
    errors_m: Float64Array
    columns: tuple[Int64Array, ...]
    rows: tuple[Int64Array, ...]
    skirt_m: float

    def layer(self, x: Float64Array, y: Float64Array, heights: Float64Array) -> LayerTree:
        """The tiles with their boxes, for a height field with eastings x and northings y."""
        boxes = np.array(
            [
                self._box(x[columns], y[rows], heights[np.ix_(rows, columns)])
                for columns, rows in zip(self.columns, self.rows, strict=True)
            ]
        )
        return LayerTree(self.parents, boxes[:, 0], boxes[:, 1], self.errors_m)

    def _box(
        self, x: Float64Array, y: Float64Array, heights: Float64Array
    ) -> tuple[tuple[float, ...], tuple[float, ...]]:
        low = (float(x[0]), float(y[0]), float(heights.min()) - self.skirt_m)
        return low, (float(x[-1]), float(y[-1]), float(heights.max()))


def build_ground_tree(heights: Float64Array, tile_quads: int = TILE_QUADS) -> GroundTree:
    """The tree over a height field (rows, columns) of at least 2 × 2 nodes.

    `tile_quads`, a power of two, is how many quads a side a tile has.
    """
    row_quads, column_quads = heights.shape[0] - 1, heights.shape[1] - 1
    depth = 0
    while tile_quads << depth < max(row_quads, column_quads):
        depth += 1
    parents, columns, rows, errors = [-1], [], [], []
    starts = [(0, 0)]
    first = 0
    for step in (1 << level for level in range(depth, -1, -1)):
        off = _errors(heights, step)
        side = tile_quads * step
        level_starts = starts[first:]
        for tile, (column, row) in enumerate(level_starts, first):
            columns.append(_samples(column, side, step, column_quads))
            rows.append(_samples(row, side, step, row_quads))
            errors.append(float(off[row : row + side + 1, column : column + side + 1].max()))
            if step == 1:
                continue
            for child_row in (row, row + side // 2):
                for child_column in (column, column + side // 2):
                    if child_row < row_quads and child_column < column_quads:
                        parents.append(tile)
                        starts.append((child_column, child_row))
        first += len(level_starts)
    return GroundTree(
        np.array(parents),
        np.array(errors),
        tuple(columns),
        tuple(rows),
        2.0 ** ceil(log2(max(errors) + SKIRT_M)),
    )


def _samples(start: int, side: int, step: int, last: int) -> Int64Array:
    """Every `step`-th node from `start`, and the last one where the field ends between."""
    return np.unique(np.minimum(np.arange(start, start + side + 1, step), last))


def _errors(heights: Float64Array, step: int) -> Float64Array:
    """How far the triangles over every `step`-th node are from each node, like `heights`."""
    if step == 1:
        return np.zeros_like(heights)
    rows, row_quad, v = _coarse(heights.shape[0], step)
    columns, column_quad, u = _coarse(heights.shape[1], step)
    coarse = heights[np.ix_(rows, columns)]
    south_west = coarse[np.ix_(row_quad, column_quad)]
    south_east = coarse[np.ix_(row_quad, column_quad + 1)]
    north_west = coarse[np.ix_(row_quad + 1, column_quad)]
    north_east = coarse[np.ix_(row_quad + 1, column_quad + 1)]
    east, north = np.broadcast_arrays(u[None, :], v[:, None])
    corner = np.where(east >= north, south_east, north_west)
    near, far = np.maximum(east, north), np.minimum(east, north)
    surface = south_west + (corner - south_west) * near + (north_east - corner) * far
    off: Float64Array = np.abs(heights - surface)
    return off


def _coarse(count: int, step: int) -> tuple[Int64Array, Int64Array, Float64Array]:
    """Coarse nodes; for each fine node its coarse quad and where in it, 0 … 1."""
    nodes = _samples(0, count - 1 + step, step, count - 1)
    quad = np.minimum(np.arange(count) // step, len(nodes) - 2)
    return nodes, quad, (np.arange(count) - nodes[quad]) / np.diff(nodes)[quad]
