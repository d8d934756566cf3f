"""Work in the background of a store, in small steps: sealing what came, and ageing what is old.

Each step may be in a transaction of its own, and all may be done again after a crash: what is
sealed already isn't sealed twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from . import steps
from .columns import Columns, merged
from .recent import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ..overlays.model import Batch
    from .disk import Disk, Place
    from .store import Retention, Summary

PERIOD_US = 8 * steps.DAY_US
# A sealed batch grows to so many observations, then a new one begins: what is rewritten is bounded.
MOST_SEALED = 2_048
MOST_STEPS = 1_024


@dataclass(slots=True)
class Ages:
    """By row: before these times, µs, a datastream has only summaries of hours, and of days."""

    raw_from: NDArray[np.int64]
    hours_from: NDArray[np.int64]

    def grow(self, count: int) -> None:
        """There are so many rows."""
        more = max(count, 2 * len(self.raw_from)) - len(self.raw_from)
        if count > len(self.raw_from):
            self.raw_from = np.append(self.raw_from, np.full(more, NEVER, dtype=np.int64))
            self.hours_from = np.append(self.hours_from, np.full(more, NEVER, dtype=np.int64))


def seal(disk: Disk, batch: Batch) -> Iterator[None]:
    """Sorts observations in the order they came into sealed batches, one a step."""
    periods = batch.times // PERIOD_US
    order = np.lexsort((batch.times, batch.rows))
    rows, times = batch.rows[order], batch.times[order]
    fresh = np.ones(len(order), dtype=np.bool_)
    fresh[1:] = (rows[1:] != rows[:-1]) | (times[1:] != times[:-1])
    order = order[fresh]
    rows, periods = batch.rows[order], periods[order]
    apart = np.append(True, (rows[1:] != rows[:-1]) | (periods[1:] != periods[:-1]))
    begins = np.flatnonzero(apart)
    ends = np.append(begins[1:], len(order))
    together = Columns(
        batch.times[order], batch.values[order], batch.arrivals[order], batch.quality[order]
    )
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        _seal(disk, int(rows[begin]), int(periods[begin]), together.only(slice(begin, end)))
        yield


def age(disk: Disk, newest: NDArray[np.int64], ages: Ages, retention: Retention) -> Iterator[None]:
    """Makes summaries of what is older than the retention, one datastream a step.

    How old something is counts from the newest observation of its datastream: so a day that is
    played again stays, and no wrong clock of this machine can take anything away.
    """
    known = np.flatnonzero(newest != NEVER)
    ages.grow(len(newest))
    for days, done, do in (
        (retention.raw_days, ages.raw_from, _age_raw),
        (retention.hourly_days, ages.hours_from, _age_hours),
    ):
        if not days:
            continue
        limits = (newest[known] - days * steps.DAY_US) // steps.DAY_US * steps.DAY_US
        due = limits > done[known]
        for row, limit in zip(known[due].tolist(), limits[due].tolist(), strict=True):
            do(disk, row, limit)
            done[row] = limit
            yield


def _seal(disk: Disk, row: int, period: int, columns: Columns) -> None:
    places = disk.sealed(row, period)
    for place in places:
        # Time goes on, so what is new seldom lies within what was sealed.
        if place.last >= columns.times[0] and place.first <= columns.times[-1]:
            known = disk.columns(place).times
            columns = columns.only(~np.isin(columns.times, known))
            if not len(columns):
                return
    if places and places[-1].count + len(columns) <= MOST_SEALED:
        disk.seal_again(places[-1], merged((disk.columns(places[-1]), columns)))
        return
    for begin in range(0, len(columns), MOST_SEALED):
        disk.seal(row, period, columns.only(slice(begin, begin + MOST_SEALED)))


def _age_raw(disk: Disk, row: int, limit: int) -> None:
    old = []
    for place in disk.sealed_before(row, limit):
        columns = disk.columns(place)
        cut = int(np.searchsorted(columns.times, limit))
        old.append(columns.only(slice(0, cut)))
        disk.seal_again(place, columns.only(slice(cut, None)))
    if old:
        _put(disk, row, steps.HOUR_US, steps.of_columns(merged(old), steps.HOUR_US))
    disk.set_raw_from(row, limit)


def _age_hours(disk: Disk, row: int, limit: int) -> None:
    old = []
    for place in disk.summaries(row, steps.HOUR_US):
        if place.first >= limit:
            break
        summary = disk.summary(place)
        cut = int(np.searchsorted(summary.times, limit))
        old.append(steps.part(summary, slice(0, cut)))
        disk.summarise_again(place, steps.part(summary, slice(cut, None)))
    if old:
        _put(disk, row, steps.DAY_US, steps.combined(old, steps.DAY_US))
    disk.set_hours_from(row, limit)


def _put(disk: Disk, row: int, step_us: int, summary: Summary) -> None:
    last: Place | None = next(iter(disk.summaries(row, step_us)[-1:]), None)
    if last is not None and last.count + len(summary.times) <= MOST_STEPS:
        disk.summarise_again(last, steps.combined((disk.summary(last), summary), step_us))
        return
    for begin in range(0, len(summary.times), MOST_STEPS):
        disk.summarise(row, step_us, steps.part(summary, slice(begin, begin + MOST_STEPS)))
