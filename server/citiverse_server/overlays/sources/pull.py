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
    from ..sensor_file import SourceSettings
    from .http_client import Answer
    from .intake import Intake

TABLE = "text/csv"


def arrivals(intake: Intake) -> AsyncGenerator[Arrival, None]:
    """Every record of an answer that has changed, for ever."""
    source, fetched = intake.source, Fetched()

    async def attempt() -> AsyncGenerator[Arrival, None]:
        async with HttpClient(source.url, intake.credentials) as client:
            answer = await fetched.newer(client, source.url)
        if answer is None:
            return
        kind = TABLE if _is_table(answer, source) else answer.media_type
        try:
            found = records(answer.body, kind, source.each, source.delimiter)
        except ValueError as error:
            raise SourceDown(f"its answer can't be read: {error}") from None
        for record in placed(intake, found):
            yield record

    return persistently(intake, attempt)


def _is_table(answer: Answer, source: SourceSettings) -> bool:
    """Whether an answer is CSV though it may not say so: plain web servers call it all sorts."""
    if source.url.partition("?")[0].lower().endswith(".csv"):
        return True
    header = answer.body.partition(b"\n")[0].strip()
    plain = answer.media_type in ("", "text/plain", "application/octet-stream")
    return plain and header[:1] not in (b"{", b"[") and source.delimiter.encode() in header
