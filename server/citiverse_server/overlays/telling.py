"""Which of many columns have news, and who has been told of them; latest values and fixes alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

AGAIN_S = 0.1
"""What was told isn't told again sooner; what comes meanwhile waits."""


class Telling:
    """Columns (n,): the tick in which each was last told, when that was, and whether it waits.

    `tick` is that of the last telling; `waiting`, whether any waits.
    """

    def __init__(self) -> None:
        self.tick = 0
        self.waiting = False
        self.told = np.zeros(0, dtype=np.int64)
        self._told_at = np.zeros(0)
        self._waits = np.zeros(0, dtype=bool)

    def tell(self, now: float) -> NDArray[np.int64]:
        """Ends a tick: numbers (n,), rising, of what is to be told; `now` in monotonic seconds."""
        if not self.waiting:
            return np.empty(0, dtype=np.int64)
        waiting = np.flatnonzero(self._waits)
        due = waiting[now - self._told_at[waiting] >= AGAIN_S]
        self.waiting = len(due) < len(waiting)
        if len(due):
            self.tick += 1
            self.told[due] = self.tick
            self._told_at[due] = now
            self._waits[due] = False
        return due

    def _wait(self, numbers: NDArray[np.int64] | NDArray[np.uint32]) -> None:
        """These have news."""
        self._waits[numbers] = True
        self.waiting = self.waiting or len(numbers) > 0

    def _grow_telling(self, more: int) -> None:
        """There are so many more of them, of which nobody has been told."""
        self.told = np.append(self.told, np.zeros(more, dtype=np.int64))
        self._told_at = np.append(self._told_at, np.full(more, -np.inf))
        self._waits = np.append(self._waits, np.zeros(more, dtype=bool))
