"""Squares of ground in the scene frame: what is near whom, without asking everybody for everything.

A square is one whole number, so that many of them are a column.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..protocol import Vector

NEAR_M = 128.0
DISTRICT_M = 512.0
EVERYWHERE = -1
"""The square of what has no place."""
_REACH = 1 << 20
_WIDTH = 2 * _REACH


def squares(places: NDArray[np.float64], size_m: float) -> NDArray[np.int64]:
    """The squares in which places (n, 3) are; those that are NaN are everywhere."""
    known = np.isfinite(places[:, 0]) & np.isfinite(places[:, 1])
    at = np.floor(np.where(known[:, None], places[:, :2], 0.0) / size_m).clip(
        1 - _REACH, _REACH - 2
    )
    i, j = at.astype(np.int64).T + _REACH
    return np.where(known, i * _WIDTH + j, EVERYWHERE)


def square(place: Vector, size_m: float) -> int:
    """The square in which a place is."""
    i, j = (
        min(max(math.floor(at / size_m) + _REACH, 1), _WIDTH - 2) for at in (place[0], place[1])
    )
    return i * _WIDTH + j


def around(middle: int) -> frozenset[int]:
    """A square and the eight around it."""
    return frozenset(middle + i * _WIDTH + j for i in (-1, 0, 1) for j in (-1, 0, 1))


def middles(numbers: NDArray[np.int64], size_m: float) -> NDArray[np.float64]:
    """Where the middles of squares are (n, 2), metres."""
    at = np.stack((numbers // _WIDTH, numbers % _WIDTH), axis=1) - _REACH
    return (at.astype(np.float64) + 0.5) * size_m
