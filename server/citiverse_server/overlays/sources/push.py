"""Plain JSON or CSV that is sent to us; the sensor file says what its records mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .placing import placed
from .records import records

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..reading import Arrival
    from .intake import Intake


def told(intake: Intake) -> Callable[[bytes, str], list[Arrival]]:
    """Understands bodies of records."""
    source = intake.source

    def understand(body: bytes, media_type: str) -> list[Arrival]:
        return [*placed(intake, records(body, media_type, source.each, source.delimiter))]

    return understand
