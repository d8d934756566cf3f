"""All ways in. Each goes and gets readings, or is sent them, or both."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import TypeAlias

from ..reading import Arrival
from . import gtfs_rt, mqtt, ngsi_ld, pull, push, sensorthings, sensorthings_mqtt
from .intake import Intake

Arrivals: TypeAlias = Callable[[Intake], AsyncGenerator[Arrival, None]]
"""What a source yields that has a `url`, for ever: down, it is told in the log and counted."""

Understand: TypeAlias = Callable[[bytes, str], list[Arrival]]
"""What a body of some media type says that was sent to us. Raises `ValueError`."""
Told: TypeAlias = Callable[[Intake], Understand]
"""How a source understands what it is sent, from one body to the next."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A `kind` of the sensor file."""

    name: str
    arrivals: Arrivals | None = None
    told: Told | None = None


KINDS = (
    Kind("mqtt", mqtt.arrivals),
    Kind("sensorthings", sensorthings.arrivals),
    Kind("sensorthings-mqtt", sensorthings_mqtt.arrivals),
    Kind("ngsi-ld", ngsi_ld.arrivals, ngsi_ld.told),
    Kind("push", None, push.told),
    Kind("pull", pull.arrivals),
    Kind("gtfs-rt", gtfs_rt.arrivals, gtfs_rt.told),
)


def kind_of(name: str) -> Kind:
    """The kind of this name, which the sensor file's reader has checked."""
    return next(kind for kind in KINDS if kind.name == name)
