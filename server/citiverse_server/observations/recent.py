"""What is in memory: the rows of all datastreams, the newest of each, and what isn't sealed yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..overlays.model import Batch
from .columns import Columns, merged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .store import Span

NEVER = np.iinfo(np.int64).min
FIRST_CAPACITY = 4_096
FIRST_ROWS = 256


class Newest:
    """The newest observation of each datastream, in columns by row."""

    def __init__(self) -> None:
        self.times = np.full(FIRST_ROWS, NEVER, dtype=np.int64)
        self._values = np.zeros(FIRST_ROWS)
        self._arrivals = np.zeros(FIRST_ROWS, dtype=np.int64)
        self._quality = np.zeros(FIRST_ROWS, dtype=np.uint8)

    def take(self, batch: Batch) -> None:
        """Keeps what is newer than what was there."""
        if not len(batch.rows):
            return
        self._grow(int(batch.rows.max()) + 1)
        # The last of each row in this order is its newest, and of equal times the first that came.
        backwards = np.arange(len(batch.rows), 0, -1)
        order = np.lexsort((backwards, batch.times, batch.rows))
        rows = batch.rows[order]
        last = np.append(rows[1:] != rows[:-1], True)
        rows, order = rows[last], order[last]
        newer = batch.times[order] > self.times[rows]
        rows, order = rows[newer], order[newer]
        self.times[rows] = batch.times[order]
        self._values[rows] = batch.values[order]
        self._arrivals[rows] = batch.arrivals[order]
        self._quality[rows] = batch.quality[order]

    def of(self, rows: NDArray[np.uint32]) -> Batch:
        """The newest of those rows that have one."""
        known = rows[rows < len(self.times)]
        known = known[self.times[known] != NEVER]
        return Batch(
            known,
            self._values[known],
            self.times[known],
            self._arrivals[known],
            self._quality[known],
        )

    def all(self) -> Batch:
        """The newest of every row that has one."""
        return self.of(np.arange(len(self.times), dtype=np.uint32))

    def _grow(self, count: int) -> None:
        more = max(count, 2 * len(self.times)) - len(self.times)
        if count <= len(self.times):
            return
        self.times = np.append(self.times, np.full(more, NEVER, dtype=np.int64))
        self._values = np.append(self._values, np.zeros(more))
        self._arrivals = np.append(self._arrivals, np.zeros(more, dtype=np.int64))
        self._quality = np.append(self._quality, np.zeros(more, dtype=np.uint8))


class Recent:
    """Growing columns of all datastreams in the order they came.

    What has been taken never changes its place, so a view of it may be read by any thread.
    """

    def __init__(self) -> None:
        self._count = 0
        self._columns = _empty(FIRST_CAPACITY)

    def __len__(self) -> int:
        return self._count

    def append(self, batch: Batch) -> None:
        """Takes a batch at the end."""
        begin, self_end = self._count, self._count + len(batch.rows)
        if self_end > len(self._columns.rows):
            grown = _empty(max(self_end, 2 * len(self._columns.rows)))
            _copy(self._columns, grown, 0, begin)
            self._columns = grown
        _copy(batch, self._columns, begin, len(batch.rows))
        self._count = self_end

    def view(self, begin: int = 0) -> Batch:
        """What is here now from a place on, not copied."""
        return part(self._columns, slice(begin, self._count))


def part(batch: Batch, chosen: slice | NDArray[np.intp] | NDArray[np.bool_]) -> Batch:
    """Some of a batch."""
    return Batch(
        batch.rows[chosen],
        batch.values[chosen],
        batch.times[chosen],
        batch.arrivals[chosen],
        batch.quality[chosen],
    )


def of_row(batches: Sequence[Batch], row: int, span: Span) -> Columns:
    """One datastream's observations of a span by time, from batches in the order they came."""
    found = []
    for batch in batches:
        mine = np.flatnonzero(batch.rows == row)
        times = batch.times[mine]
        mine = mine[(times >= span.begin_us) & (times < span.end_us)]
        found.append(
            Columns(
                batch.times[mine], batch.values[mine], batch.arrivals[mine], batch.quality[mine]
            )
        )
    return merged(found)


def _empty(capacity: int) -> Batch:
    return Batch(
        np.empty(capacity, dtype=np.uint32),
        np.empty(capacity),
        np.empty(capacity, dtype=np.int64),
        np.empty(capacity, dtype=np.int64),
        np.empty(capacity, dtype=np.uint8),
    )


def _copy(source: Batch, target: Batch, begin: int, count: int) -> None:
    end = begin + count
    target.rows[begin:end] = source.rows[:count]
    target.values[begin:end] = source.values[:count]
    target.times[begin:end] = source.times[:count]
    target.arrivals[begin:end] = source.arrivals[:count]
    target.quality[begin:end] = source.quality[:count]
