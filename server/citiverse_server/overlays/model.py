"""Things, datastreams and observations, in the words of OGC SensorThings 1.1 (8.2)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntFlag, StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
    FUTURE = "future"
    UNKNOWN_TIME = "unknown-time"
    UNKNOWN_TOPIC = "unknown-topic"
    UNKNOWN_THING = "unknown-thing"
    UNKNOWN_DATASTREAM = "unknown-datastream"
    WRONG_UNIT = "wrong-unit"
    TOO_MANY = "too-many"


class Quality(IntFlag):
    """What speaks against an observation; 0 where nothing does. One byte each on wire and disk."""

    IMPLAUSIBLE = 1
    STUCK = 2
    SPIKE = 4
    DRIFT = 8
    CLOCK = 16
    GAP = 32


Reality = Literal["measured", "proposed", "simulated", "imagined"]


@dataclass(frozen=True, slots=True)
class Thing:
    """What observes or is observed: at a CityObject, at a place, or moving.

    Identity is designed after ITU-T Y.4812: a stable `key`, `aliases` by which other platforms call
    it, `owner`, `status`, and a public key where it has one. `position` is (lon, lat) in degrees
    and the height in metres above the ellipsoid, or NaN where nobody says.
    """

    key: str
    name: str
    description: str = ""
    feature: str = ""
    position: tuple[float, float, float] | None = None
    moving: bool = False
    aliases: tuple[str, ...] = ()
    owner: str = ""
    status: Literal["active", "retired"] = "active"
    public_key: str = ""
    licence: str = ""
    attribution: str = ""
    reality: Reality = "measured"


@dataclass(frozen=True, slots=True)
class Datastream:
    """Values of one property observed by one thing; `feature` is that of the thing, or "".

    `unit` is for people, `ucum` for machines (UCUM, case sensitive), `definition` the URI of what
    is observed; each "" where nobody says. `period_s` is how often a value is due, 0 if unknown.
    """

    key: str
    name: str
    observed_property: str
    unit: str
    feature: str
    stale_after_s: float
    range: tuple[float, float] | None
    thing: str = ""
    ucum: str = ""
    definition: str = ""
    period_s: float = 0.0
    is_pace_unsaid: bool = False
    """Then `stale_after_s` holds until the pace has been learned."""


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a moving thing was: degrees, metres above the ellipsoid, degrees from north, m/s.

    NaN where nobody says.
    """

    time_us: int
    lon: float
    lat: float
    height: float = math.nan
    heading: float = math.nan
    speed: float = math.nan


@dataclass(frozen=True, slots=True)
class Batch:
    """Observations in columns (n,): row of the datastream u32, value f64, times i64 µs, u8."""

    rows: NDArray[np.uint32]
    values: NDArray[np.float64]
    times: NDArray[np.int64]
    arrivals: NDArray[np.int64]
    quality: NDArray[np.uint8]
