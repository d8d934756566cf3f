"""Datastreams and observations, in the words of OGC SensorThings 1.1 (8.2.4, 8.2.7)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

# A sensor's clock may be a little ahead; what claims to be later is wrong.
MAX_AHEAD_US = 5 * 60 * 1_000_000
# 2000-01-01: nothing that is live was observed before it.
EARLIEST_US = 946_684_800_000_000


class Rejected(StrEnum):
    """Why a reading became no observation; counted, never fatal."""

    TOO_LARGE = "too-large"
    UNREADABLE = "unreadable"
    NO_VALUE = "no-value"
    NOT_FINITE = "not-finite"
    OUT_OF_RANGE = "out-of-range"
    BAD_TIME = "bad-time"
    UNKNOWN_TIME = "unknown-time"
    OUT_OF_ORDER = "out-of-order"
    UNKNOWN_TOPIC = "unknown-topic"


@dataclass(frozen=True, slots=True)
class Datastream:
    """Values of one property observed at one place; `feature` is an identity, or ""."""

    key: str
    name: str
    observed_property: str
    unit: str
    feature: str
    stale_after_s: float
    range: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Observation:
    """One value at its phenomenon time, in microseconds since 1970 UTC."""

    value: float
    time_us: int


def observe(
    datastream: Datastream, value: float, time_us: int, arrival_us: int
) -> Observation | Rejected:
    """Takes a reading's value for an observation if it can be one."""
    if not math.isfinite(value):
        return Rejected.NOT_FINITE
    if datastream.range is not None:
        low, high = datastream.range
        if not low <= value <= high:
            return Rejected.OUT_OF_RANGE
    if not EARLIEST_US <= time_us <= arrival_us + MAX_AHEAD_US:
        return Rejected.BAD_TIME
    return Observation(value, time_us)
