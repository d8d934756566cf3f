"""What each onlooker was told of each row of the poses: of whom, which pose, when and how finely.

Two dimensions, (seat, row): all who look on are weighed at once, a block of seats at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .poses import NOBODY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[np.intp]

_FIRST = 16


class Told:
    """Columns (S, R) of which as many seats and rows are in use as somebody has asked for."""

    def __init__(self) -> None:
        self._reserve(_FIRST, _FIRST)

    def _reserve(self, seats: int, rows: int) -> None:
        self.person = np.full((seats, rows), NOBODY, dtype=np.int32)
        self.version = np.zeros((seats, rows), dtype=np.int64)
        self.at = np.full((seats, rows), -np.inf)
        self.near = np.zeros((seats, rows), dtype=bool)

    def make_room(self, seats: int, rows: int) -> None:
        """For so many seats and rows at least."""
        had_seats, had_rows = self.person.shape
        if seats <= had_seats and rows <= had_rows:
            return
        former = vars(self).copy()
        self._reserve(_doubled(had_seats, seats), _doubled(had_rows, rows))
        for name, column in former.items():
            vars(self)[name][:had_seats, :had_rows] = column

    def clear(self, seat: int) -> None:
        """Somebody else sits here from now on, who was told of nobody."""
        self.person[seat] = NOBODY
        self.version[seat] = 0
        self.at[seat] = -np.inf
        self.near[seat] = False

    def forget(self, seats: Rows, rows: Rows) -> None:
        """They were told that these are gone; two arrays (n,)."""
        self.person[seats, rows] = NOBODY
        self.version[seats, rows] = 0
        self.at[seats, rows] = -np.inf
        self.near[seats, rows] = False


def _doubled(had: int, wanted: int) -> int:
    while had < wanted:
        had *= 2
    return had
