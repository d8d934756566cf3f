"""Plain JSON or CSV, fetched at an interval; the sensor file says what its records mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .conditional import Fetched
from .http_client import HttpClient
from .intake import SourceDown
from .persistence import persistently
from .placing import placed
from .records import records

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ..reading import Arrival
    from .intake import Intake

TABLE = "text/csv"


def arrivals(intake: Intake) -> AsyncGenerator[Arrival, None]:
    """Every record of an answer that has changed, for ever."""
    source, fetched = intake.source, Fetched()

    async def attempt() -> AsyncGenerator[Arrival, None]:
        async with HttpClient(source.url, intake.token) as client:
            answer = await fetched.newer(client, source.url)
        if answer is None:
            return
        # Plain web servers call a CSV file all sorts of things.
        table = source.url.partition("?")[0].lower().endswith(".csv")
        kind = TABLE if table else answer.media_type
        try:
            found = records(answer.body, kind, source.each, source.delimiter)
        except ValueError as error:
            raise SourceDown(f"its answer can't be read: {error}") from None
        for record in placed(intake, found):
            yield record

    return persistently(intake, attempt)
