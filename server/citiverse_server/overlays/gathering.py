"""What comes between two ticks, gathered into one batch of columns."""

from __future__ import annotations

import numpy as np

from .model import Batch

FARTHEST_US = 2**62
"""Beyond all dates, and still a number of a column."""


class Gathering:
    """Observations one by one in, columns out; whoever fills it empties it in time."""

    def __init__(self) -> None:
        self._rows: list[int] = []
        self._values: list[float] = []
        self._times: list[int] = []
        self._arrivals: list[int] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: int, value: float, time_us: int, arrival_us: int) -> None:
        """Takes one observation; times are µs since 1970 UTC, and any that a message can name."""
        self._rows.append(row)
        self._values.append(value)
        self._times.append(min(max(time_us, -FARTHEST_US), FARTHEST_US))
        self._arrivals.append(arrival_us)

    def taken(self) -> Batch:
        """All that was gathered, in the order it came; nothing is left."""
        batch = Batch(
            rows=np.array(self._rows, dtype=np.uint32),
            values=np.array(self._values, dtype=np.float64),
            times=np.array(self._times, dtype=np.int64),
            arrivals=np.array(self._arrivals, dtype=np.int64),
            quality=np.zeros(len(self._rows), dtype=np.uint8),
        )
        for column in (self._rows, self._values, self._times, self._arrivals):
            column.clear()
        return batch
