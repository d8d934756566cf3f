"""Plain JSON or CSV that is sent to us; the sensor file says what its records mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .placing import placed
from .records import records

if TYPE_CHECKING:
    from ..reading import Arrival
    from .intake import Intake


def told(intake: Intake, body: bytes, media_type: str) -> list[Arrival]:
    """The records of a body. Raises `ValueError` where it can't be read."""
    source = intake.source
    found = records(body, media_type, source.each, source.delimiter)
    return [*placed(intake, found)]
