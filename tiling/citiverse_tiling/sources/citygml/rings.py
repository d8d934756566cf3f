"""Texts of coordinates → arrays of open rings, a whole batch at a time."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from citiverse_tiling.model import BoolArray, Float64Array, Int64Array


def parse_rings(texts: list[str]) -> tuple[Float64Array, Int64Array]:
    """Coordinates (N, 3) and ring offsets (R + 1,) of R texts, each numbers between blanks.

    A text that isn't numbers in threes becomes a ring of one point that is not a number, which
    `transforms.clean_rings` drops and reports.
    """
    # All rings are converted in one call, "nan" between them: numbers of a ring are then counted
    # by array. A "nan" or a word in the file itself upsets the count and takes the slow way.
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        try:
            values = np.fromstring(" nan ".join(texts), dtype=np.float64, sep=" ")
        except (ValueError, DeprecationWarning):
            return _parse_one_by_one(texts)
    breaks = np.flatnonzero(np.isnan(values))
    if len(breaks) != max(len(texts) - 1, 0):
        return _parse_one_by_one(texts)
    if not texts:
        return np.empty((0, 3)), np.zeros(1, dtype=np.int64)
    ends = np.append(breaks, len(values))
    counts = np.diff(ends, prepend=-1) - 1
    if (counts % 3).any():
        return _parse_one_by_one(texts)
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(counts // 3, out=offsets[1:])
    return np.delete(values, breaks).reshape(-1, 3), offsets


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


def with_zero_heights(text: str) -> str:
    """Pairs of numbers as triples; a text of an odd count is left to be found faulty."""
    numbers = text.split()
    if len(numbers) % 2:
        return "unpaired"
    return " ".join(f"{x} {y} 0" for x, y in zip(numbers[::2], numbers[1::2], strict=True))


def _parse_one_by_one(texts: list[str]) -> tuple[Float64Array, Int64Array]:
    rings = [_parse_one(text) for text in texts]
    offsets = np.zeros(len(rings) + 1, dtype=np.int64)
    np.cumsum([len(ring) for ring in rings], out=offsets[1:])
    return np.concatenate(rings), offsets


def _parse_one(text: str) -> Float64Array:
    try:
        values = np.array(text.split(), dtype=np.float64)
    except ValueError:
        values = np.full(1, np.nan)
    return np.full((1, 3), np.nan) if len(values) % 3 else values.reshape(-1, 3)
