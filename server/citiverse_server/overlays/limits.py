"""What can be an observation at all, judged for a whole batch: finite, and in time."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from .instants import rfc3339
from .ledger import Refusal
from .model import EARLIEST_US, MAX_AHEAD_US, Batch, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


def reason_against(value: float, time_us: int, now_us: int) -> Rejected | None:
    """Why one value can be no observation, by the same rule; None where it can."""
    if not math.isfinite(value):
        return Rejected.NOT_FINITE
    if time_us < EARLIEST_US:
        return Rejected.BAD_TIME
    return Rejected.FUTURE if time_us > now_us + MAX_AHEAD_US else None


def apart(batch: Batch) -> tuple[Batch, list[Refusal]]:
    """The observations that can be, and the refusals of the others."""
    in_time = (batch.times >= EARLIEST_US) & (batch.times <= batch.arrivals + MAX_AHEAD_US)
    good = in_time & np.isfinite(batch.values)
    if good.all():
        return batch, []
    return selected(batch, good), list(_refused(batch, np.flatnonzero(~good)))


def selected(batch: Batch, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> Batch:
    """Some rows of a batch, by a mask or in an order."""
    return Batch(*(getattr(batch, field.name)[chosen] for field in fields(Batch)))


def _refused(batch: Batch, bad: NDArray[np.intp]) -> Iterator[Refusal]:
    for at in bad.tolist():
        value, time_us = float(batch.values[at]), int(batch.times[at])
        reason = reason_against(value, time_us, int(batch.arrivals[at]))
        if reason is not None:
            said = f"{value:g}" if reason is Rejected.NOT_FINITE else _moment(time_us)
            yield Refusal(reason, int(batch.rows[at]), said.encode())


def _moment(time_us: int) -> str:
    try:
        return rfc3339(time_us)
    except OverflowError:
        return "a time beyond all dates"
