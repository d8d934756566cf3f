"""The time zone of times that don't name theirs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .intake import SourceDown

if TYPE_CHECKING:
    from ..sensor_file import SourceSettings


def zone_of(source: SourceSettings) -> ZoneInfo | None:
    """That of the sensor file, or None where it says none. Raises `SourceDown`."""
    return zone(source.timezone) if source.timezone else None


@cache
def zone(name: str) -> ZoneInfo:
    """A zone by its name in the time zone database. Raises `SourceDown`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SourceDown(
            f"nobody knows the time zone {name!r}; write one such as Europe/Madrid"
        ) from None
