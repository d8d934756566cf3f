"""Observations of one datastream in columns, and what brings several such columns together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..overlays.model import Batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .store import Span


@dataclass(frozen=True, slots=True)
class Columns:
    """One datastream's observations (n,): times and arrivals i64 µs, values f64, quality u8."""

    times: NDArray[np.int64]
    values: NDArray[np.float64]
    arrivals: NDArray[np.int64]
    quality: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.times)

    def only(self, chosen: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Columns:
        """Those at the places chosen."""
        return Columns(
            self.times[chosen], self.values[chosen], self.arrivals[chosen], self.quality[chosen]
        )

    def within(self, span: Span) -> Columns:
        """Those of a span; the columns are by time."""
        begin, end = np.searchsorted(self.times, (span.begin_us, span.end_us))
        return self.only(slice(int(begin), int(end)))

    def batch(self, row: int) -> Batch:
        """The same as a batch, all of one row."""
        rows = np.full(len(self), row, dtype=np.uint32)
        return Batch(rows, self.values, self.times, self.arrivals, self.quality)


EMPTY = Columns(
    np.empty(0, dtype=np.int64),
    np.empty(0),
    np.empty(0, dtype=np.int64),
    np.empty(0, dtype=np.uint8),
)


def merged(parts: Sequence[Columns]) -> Columns:
    """All of them by time; of several at one time the one of the first part that has it."""
    if not parts:
        return EMPTY
    together = Columns(
        np.concatenate([part.times for part in parts]),
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.arrivals for part in parts]),
        np.concatenate([part.quality for part in parts]),
    )
    order = np.argsort(together.times, kind="stable")
    times = together.times[order]
    first = np.ones(len(order), dtype=np.bool_)
    np.not_equal(times[1:], times[:-1], out=first[1:])
    return together.only(order[first])
