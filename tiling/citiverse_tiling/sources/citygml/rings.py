"""Texts of coordinates → arrays of rings, a whole batch at a time."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from citiverse_tiling.model import Float64Array, Int64Array


def parse_rings(texts: list[str], width: int = 3) -> tuple[Float64Array, Int64Array]:
    """Coordinates (N, width) and ring offsets (R + 1,) of R texts, each numbers between blanks.

    A text that isn't numbers in threes (or whatever the width is) becomes a ring of one point that
    is not a number, which `transforms.clean_rings` drops and reports.
    """
    # All rings are converted in one call, "nan" between them: numbers of a ring are then counted
    # by array. A "nan" or a word in the file itself upsets the count and takes the slow way.
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        try:
            values = np.fromstring(" nan ".join(texts), dtype=np.float64, sep=" ")
        except (ValueError, DeprecationWarning):
            return _parse_one_by_one(texts, width)
    breaks = np.flatnonzero(np.isnan(values))
    if len(breaks) != max(len(texts) - 1, 0):
        return _parse_one_by_one(texts, width)
    if not texts:
        return np.empty((0, width)), np.zeros(1, dtype=np.int64)
    ends = np.append(breaks, len(values))
    counts = np.diff(ends, prepend=-1) - 1
    if (counts % width).any():
        return _parse_one_by_one(texts, width)
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(counts // width, out=offsets[1:])
    return np.delete(values, breaks).reshape(-1, width), offsets


def with_zero_heights(text: str) -> str:
    """Pairs of numbers as triples; a text of an odd count is left to be found faulty."""
    numbers = text.split()
    if len(numbers) % 2:
        return "unpaired"
    return " ".join(f"{x} {y} 0" for x, y in zip(numbers[::2], numbers[1::2], strict=True))


def _parse_one_by_one(texts: list[str], width: int) -> tuple[Float64Array, Int64Array]:
    rings = [_parse_one(text, width) for text in texts]
    offsets = np.zeros(len(rings) + 1, dtype=np.int64)
    np.cumsum([len(ring) for ring in rings], out=offsets[1:])
    return np.concatenate(rings), offsets


def _parse_one(text: str, width: int) -> Float64Array:
    try:
        values = np.array(text.split(), dtype=np.float64)
    except ValueError:
        values = np.full(1, np.nan)
    return np.full((1, width), np.nan) if len(values) % width else values.reshape(-1, width)
