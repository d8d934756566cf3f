"""The latest observation of every datastream, in columns by row, and when each was last told.

Observations may come at any rate. A row is told as soon as it has a new value, but not again within
a tenth of a second: what comes meanwhile waits, and the latest of it is told. Each telling is a
tick; what anybody has missed since a tick is found by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .rows import Coded, Rows, coded, milliseconds
from .telling import Telling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .model import Batch

_FIRST_ROWS = 64
_NEVER_US = np.iinfo(np.int64).min


class LatestValues(Telling):
    """Columns (rows,), which grow as datastreams do; `tick` is that of the last telling."""

    def __init__(self) -> None:
        super().__init__()
        self.values = np.zeros(0)
        self.times = np.zeros(0, dtype=np.int64)
        self.quality = np.zeros(0, dtype=np.uint8)
        self._numbers = np.zeros(0, dtype=np.int64)
        self._decimals = np.zeros(0, dtype=np.uint8)

    def record(self, batch: Batch) -> None:
        """Takes observations (n,); those older than what is held change nothing."""
        if len(batch.rows) == 0:
            return
        self._grow(int(batch.rows.max()) + 1)
        late = batch.times < self.times[batch.rows]
        order = np.lexsort((batch.times, batch.rows))
        order = order[~late[order]]
        rows = batch.rows[order]
        newest = order[np.append(rows[1:] != rows[:-1], True)[: len(rows)]]
        rows = batch.rows[newest]
        numbers = coded(batch.values[newest])
        self.values[rows] = batch.values[newest]
        self._numbers[rows], self._decimals[rows] = numbers.numbers, numbers.decimals
        self.times[rows] = batch.times[newest]
        self.quality[rows] = batch.quality[newest]
        self._wait(rows)

    def rows(self, rows: NDArray[np.int64]) -> Rows:
        """What these rows say now, as it goes on the wire; their ids are their numbers."""
        return Rows(
            rows.astype(np.uint32),
            Coded(self._numbers[rows], self._decimals[rows]),
            milliseconds(self.times[rows]),
            self.quality[rows],
        )

    def since(self, rows: NDArray[np.int64], tick: int) -> NDArray[np.int64]:
        """Those of `rows` that were told after a tick."""
        rows = rows[rows < len(self.told)]
        return rows[self.told[rows] > tick]

    def _grow(self, rows: int) -> None:
        more = max(rows, 2 * len(self.told), _FIRST_ROWS) - len(self.told)
        if rows <= len(self.told):
            return
        self.values = np.append(self.values, np.zeros(more))
        self.times = np.append(self.times, np.full(more, _NEVER_US))
        self.quality = np.append(self.quality, np.zeros(more, dtype=np.uint8))
        self._numbers = np.append(self._numbers, np.zeros(more, dtype=np.int64))
        self._decimals = np.append(self._decimals, np.zeros(more, dtype=np.uint8))
        self._grow_telling(more)
