"""Rings as files close them → rings as the model has them: open, the last point not the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from citiverse_tiling.model import BoolArray, Float64Array, Int64Array


def open_rings(
    coordinates: Float64Array, offsets: Int64Array
) -> tuple[Float64Array, Int64Array, int]:
    """Take the closing point off each ring; also tells how many rings of ≥ 3 points had none."""
    sizes = np.diff(offsets)
    closed = _closed(coordinates, offsets)
    unclosed = int(((sizes >= 3) & ~closed).sum())
    if closed.any():
        coordinates, offsets = _shorten(coordinates, offsets, closed.astype(np.int64))
    if _closed(coordinates, offsets).any():
        coordinates, offsets = _shorten(coordinates, offsets, _closing_run(coordinates, offsets))
    return coordinates, offsets, unclosed


def _closed(coordinates: Float64Array, offsets: Int64Array) -> BoolArray:
    """(R,) true for rings of several points whose last point is the first."""
    closed = np.diff(offsets) >= 2
    rings = np.flatnonzero(closed)
    first, last = coordinates[offsets[rings]], coordinates[offsets[rings + 1] - 1]
    closed[rings] = (first == last).all(axis=1)
    return closed


def _closing_run(coordinates: Float64Array, offsets: Int64Array) -> Int64Array:
    """(R,) how many points at the end of each ring equal its first, that one not counted."""
    sizes = np.diff(offsets)
    filled = np.flatnonzero(sizes)
    starts = offsets[filled]
    differs = (coordinates != np.repeat(coordinates[starts], sizes[filled], axis=0)).any(axis=1)
    differs[starts] = True
    last = np.maximum.reduceat(np.where(differs, np.arange(len(coordinates)), -1), starts)
    run = np.zeros(len(sizes), dtype=np.int64)
    run[filled] = offsets[filled + 1] - 1 - last
    return run


def _shorten(
    coordinates: Float64Array, offsets: Int64Array, counts: Int64Array
) -> tuple[Float64Array, Int64Array]:
    """Take `counts` (R,) points off the end of each ring."""
    sizes = np.diff(offsets)
    to_end = np.repeat(offsets[1:], sizes) - np.arange(len(coordinates))
    shorter = offsets.copy()
    shorter[1:] -= np.cumsum(counts)
    return coordinates[to_end > np.repeat(counts, sizes)], shorter
