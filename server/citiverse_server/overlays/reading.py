"""What every source of sensor readings yields, one thing at a time, as it arrives.

Some sources know nothing of what their messages mean: they yield a `Reading` or a `Record`, which
the sensor file maps. Others bring their own metadata: they enter what they meet in the registry and
yield `Observed` and `Moved`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import Fix


@dataclass(frozen=True, slots=True)
class Reading:
    """A payload that no one has looked into yet; `kept` where it waited for us at the broker.

    `source` is the name of the source in the sensor file.
    """

    topic: str
    payload: bytes
    kept: bool = False
    source: str = "mqtt"


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a table or one entry of a list, parsed: JSON, or texts by column of a CSV file."""

    source: str
    document: object


@dataclass(frozen=True, slots=True)
class Observed:
    """A value of a datastream that the registry knows, at its time in µs since 1970 UTC."""

    datastream: str
    value: float
    time_us: int


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a thing that the registry knows was."""

    thing: str
    fix: Fix


Arrival = Reading | Record | Observed | Moved

Feed = Callable[[], AsyncIterator[Arrival]]
"""A source inside the process; called once, when the server starts."""
