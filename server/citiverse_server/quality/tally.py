"""How many observations came in the last day, and what spoke against how many since the start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..overlays.model import Quality

if TYPE_CHECKING:
    from ..overlays.model import Batch

HOUR_US = 3_600_000_000
HOURS = 24
BITS = tuple(Quality)


class Tally:
    """Columns by row. An hour that comes takes the place of the one a day before.

    `since` is when the first arrived, `newest` the newest phenomenon time, µs since 1970.
    """

    def __init__(self) -> None:
        self._came = np.zeros((HOURS, 0), dtype=np.uint32)
        self._flagged = np.zeros((len(BITS), 0), dtype=np.uint32)
        self._hour = -1
        self.since = np.empty(0, dtype=np.int64)
        self.newest = np.empty(0, dtype=np.int64)

    def take(self, batch: Batch) -> None:
        """Counts what was judged; arrivals are of one moment, or nearly."""
        self._grow(int(batch.rows.max()) + 1)
        self._turn(int(batch.arrivals.max()))
        rows, at = batch.rows, self._hour % HOURS
        count = self._came.shape[1]
        self._came[at] += np.bincount(rows, minlength=count).astype(np.uint32)
        for index, bit in enumerate(BITS):
            flagged = rows[(batch.quality & np.uint8(bit)) != 0]
            if len(flagged):
                self._flagged[index] += np.bincount(flagged, minlength=count).astype(np.uint32)
        np.minimum.at(self.since, rows, batch.arrivals)
        np.maximum.at(self.newest, rows, batch.times)

    def knows(self, row: int) -> bool:
        """Whether anything has come of a row."""
        return row < len(self.since) and self.newest[row] != np.iinfo(np.int64).min

    def came(self, row: int, now_us: int) -> int:
        """How many came in the last 24 hours, the present one included."""
        self._turn(now_us)
        return int(self._came[:, row].sum())

    def flagged(self, row: int) -> dict[Quality, int]:
        """How many since the start have each bit that any has."""
        counts = self._flagged[:, row].tolist()
        return {bit: count for bit, count in zip(BITS, counts, strict=True) if count}

    def _turn(self, now_us: int) -> None:
        hour = now_us // HOUR_US
        for past in range(max(self._hour + 1, hour - HOURS + 1), hour + 1):
            self._came[past % HOURS] = 0
        self._hour = max(self._hour, hour)

    def _grow(self, rows: int) -> None:
        more = max(rows, 2 * len(self.since)) - len(self.since)
        if rows <= len(self.since):
            return
        none = np.iinfo(np.int64)
        self._came = np.append(self._came, np.zeros((HOURS, more), dtype=np.uint32), axis=1)
        flagged = np.zeros((len(BITS), more), dtype=np.uint32)
        self._flagged = np.append(self._flagged, flagged, axis=1)
        self.since = np.append(self.since, np.full(more, none.max, dtype=np.int64))
        self.newest = np.append(self.newest, np.full(more, none.min, dtype=np.int64))
