"""Which tiles a device shows from a point, by the same rule as the server's.

A tile is replaced by its children where its geometric error, seen from the distance of its box,
spans more pixels than the target; a child is never worse than its parent. Both sides are held to
tests/contract/cut.json.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from citiverse_tiling.model import Float64Array, Int64Array
    from citiverse_tiling.tree.tree_bin import TreeTable

NEAREST_M = 0.5
"""Closer than this, distances mean nothing to the error on screen."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Rows of tree.bin, rising: those that are replaced by their children, and those shown."""

    refined: Int64Array
    shown: Int64Array


def cut(table: TreeTable, eye: Float64Array, pixels_per_slope: float, target_px: float) -> Cut:
    """The cut from `eye` (3,), scene frame."""
    rows = np.flatnonzero(table.parent < 0)
    parents_px = np.full(len(rows), np.inf)
    refined, shown = [], []
    while len(rows):
        outside = np.maximum(table.box_min[rows] - eye, eye - table.box_max[rows])
        distance = np.sqrt(np.square(np.maximum(outside, 0.0)).sum(axis=1))
        scaled = table.geometric_error_m[rows].astype(np.float64) * pixels_per_slope
        error_px = np.minimum(scaled / np.maximum(distance, NEAREST_M), parents_px)
        counts = table.child_count[rows]
        too_coarse = (counts > 0) & (error_px > target_px)
        refined.append(rows[too_coarse])
        shown.append(rows[~too_coarse])
        counts = counts[too_coarse]
        parents_px = np.repeat(error_px[too_coarse], counts)
        within = np.arange(len(parents_px)) - np.repeat(np.cumsum(counts) - counts, counts)
        rows = np.repeat(table.first_child[rows[too_coarse]], counts) + within
    return Cut(np.concatenate(refined), np.sort(np.concatenate(shown)))


def in_view(
    table: TreeTable, rows: Int64Array, eye: Float64Array, forward: Float64Array, half_angle: float
) -> Int64Array:
    """Those of some rows whose boxes reach into a cone around the unit vector `forward` (3,)."""
    low, high = table.box_min[rows], table.box_max[rows]
    towards = (low + high) / 2 - eye
    distance = np.sqrt(np.square(towards).sum(axis=1))
    radius = np.sqrt(np.square(high - low).sum(axis=1)) / 2
    away = np.maximum(distance, 1e-9)
    angle = np.arccos(np.clip(towards @ forward / away, -1.0, 1.0))
    seen: Int64Array = rows[
        (distance <= radius) | (angle - np.arcsin(np.clip(radius / away, 0.0, 1.0)) <= half_angle)
    ]
    return seen
