"""What can be an observation at all, judged for a whole batch: finite, in range, in time."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from .instants import rfc3339
from .ledger import Refusal
from .model import EARLIEST_US, MAX_AHEAD_US, Batch, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .model import Datastream

TESTS = (Rejected.NOT_FINITE, Rejected.OUT_OF_RANGE, Rejected.BAD_TIME)
"""In this order: the first that fails is the reason."""


class Limits:
    """The plausible range of each datastream, in columns by its row."""

    def __init__(self) -> None:
        self._low = np.full(64, -np.inf)
        self._high = np.full(64, np.inf)

    def put(self, row: int, datastream: Datastream) -> None:
        """From now on this is the range of a datastream."""
        if row >= len(self._low):
            more = max(len(self._low), row + 1 - len(self._low))
            self._low = np.append(self._low, np.full(more, -np.inf))
            self._high = np.append(self._high, np.full(more, np.inf))
        self._low[row], self._high[row] = datastream.range or (-np.inf, np.inf)

    def apart(self, batch: Batch) -> tuple[Batch, list[Refusal]]:
        """The observations that can be, and the refusals of the others."""
        low, high = self._low[batch.rows], self._high[batch.rows]
        in_time = (batch.times >= EARLIEST_US) & (batch.times <= batch.arrivals + MAX_AHEAD_US)
        with np.errstate(invalid="ignore"):
            in_range = (batch.values >= low) & (batch.values <= high)
        passed = (np.isfinite(batch.values), in_range, in_time)
        good = passed[0] & passed[1] & passed[2]
        if good.all():
            return batch, []
        return selected(batch, good), list(_refused(batch, passed, np.flatnonzero(~good)))


def selected(batch: Batch, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> Batch:
    """Some rows of a batch, by a mask or in an order."""
    return Batch(*(getattr(batch, field.name)[chosen] for field in fields(Batch)))


def _refused(
    batch: Batch, passed: tuple[NDArray[np.bool_], ...], bad: NDArray[np.intp]
) -> Iterator[Refusal]:
    for at in bad.tolist():
        reason = next(why for why, test in zip(TESTS, passed, strict=True) if not test[at])
        has_bad_time = reason is Rejected.BAD_TIME
        said = _moment(int(batch.times[at])) if has_bad_time else f"{float(batch.values[at]):g}"
        yield Refusal(reason, int(batch.rows[at]), said.encode())


def _moment(time_us: int) -> str:
    try:
        return rfc3339(time_us)
    except OverflowError:
        return "a time beyond all dates"
