"""Where things were: kept in the store as datastreams that nobody else is told of.

So what moves is as durable as what is measured, and is forgotten with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..overlays.model import Batch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ..overlays.model import Fix
    from .store import ObservationStore, Span

AXES = ("longitude", "latitude", "height", "heading")
# One thing's fixes in one answer: one a second for two hours, one in ten seconds for a day.
MOST_FIXES = 8_640


@dataclass(frozen=True, slots=True)
class Track:
    """Fixes of one thing by time (n,): i64 µs; degrees, metres, degrees from north.

    Height and heading are NaN where nobody said.
    """

    times: NDArray[np.int64]
    longitudes: NDArray[np.float64]
    latitudes: NDArray[np.float64]
    heights: NDArray[np.float64]
    headings: NDArray[np.float64]


class Tracks:
    """Keeps fixes in the store, and finds them again. Raises `StateError` of the store."""

    def __init__(self, store: ObservationStore) -> None:
        self._store = store
        self._rows: dict[str, tuple[int, ...]] = {}

    def record(self, fixes: Mapping[str, Fix], now_us: int) -> None:
        """Takes the fix of each thing, by its key."""
        found = [
            (row, value, fix.time_us)
            for key, fix in fixes.items()
            for row, value in zip(self._rows_of(key), _values(fix), strict=True)
            if math.isfinite(value)
        ]
        if not found:
            return
        rows, values, times = zip(*found, strict=True)
        self._store.append(
            Batch(
                np.array(rows, dtype=np.uint32),
                np.array(values, dtype=np.float64),
                np.array(times, dtype=np.int64),
                np.full(len(rows), now_us, dtype=np.int64),
                np.zeros(len(rows), dtype=np.uint8),
            )
        )

    async def track(self, key: str, span: Span, every_us: int) -> Track:
        """Where a thing was in a span, at most once in each `every_us`; the first of them.

        Of more than `MOST_FIXES` the first are looked at.
        """
        columns = [
            await self._store.history(row, span, MOST_FIXES) for row in self._rows_of(key)
        ]
        # Longitude and latitude come together; a fix needs both.
        times, here, there = np.intersect1d(
            columns[0].times, columns[1].times, assume_unique=True, return_indices=True
        )
        first = np.flatnonzero(np.diff(times // every_us, prepend=-1) != 0)
        times = times[first]
        return Track(
            times,
            columns[0].values[here][first],
            columns[1].values[there][first],
            _matched(columns[2], times),
            _matched(columns[3], times),
        )

    def _rows_of(self, key: str) -> tuple[int, ...]:
        rows = self._rows.get(key)
        if rows is None:
            # No key that others give holds a tabulator: it could not be told in a line.
            rows = self._rows[key] = tuple(self._store.row(f"{key}\t{axis}") for axis in AXES)
        return rows


def _values(fix: Fix) -> tuple[float, float, float, float]:
    return fix.lon, fix.lat, fix.height, fix.heading


def _matched(batch: Batch, times: NDArray[np.int64]) -> NDArray[np.float64]:
    """Values at exactly these times, NaN where there are none."""
    found = np.full(len(times), np.nan)
    if len(batch.times):
        places = np.minimum(np.searchsorted(batch.times, times), len(batch.times) - 1)
        there = batch.times[places] == times
        found[there] = batch.values[places[there]]
    return found
