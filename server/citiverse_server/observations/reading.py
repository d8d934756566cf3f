"""What is sealed, read again: by any thread, with a connection of its own."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import codec, steps
from .disk import Place
from .sealing import PERIOD_US

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from .columns import Columns
    from .store import Span, Summary

# So long a reader holds the interpreter at most, and so long it leaves it to those who are live.
WORK_S = 0.001
REST_S = 0.001
# After that a question ends: whoever asks is to ask for less.
MOST_S = 20.0


class Pace:
    """Rests after each millisecond of work, so that no long question delays what is live."""

    def __init__(self) -> None:
        now = time.perf_counter()
        self._end, self._last = now + WORK_S, now + MOST_S

    def step(self) -> None:
        """To be called between small pieces of work. Raises `TimeoutError`."""
        now = time.perf_counter()
        if now > self._last:
            raise TimeoutError("this question takes too long")
        if now > self._end:
            time.sleep(REST_S)
            self._end = time.perf_counter() + WORK_S


@dataclass(frozen=True, slots=True)
class Reader:
    """Every method raises `sqlite3.Error` and `codec.CorruptError`."""

    connection: sqlite3.Connection

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read meanwhile is of one moment."""
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.execute("ROLLBACK")

    def places(self, row: int, span: Span) -> list[Place]:
        """The sealed batches of a datastream that reach into a span, by their first time."""
        found = self.connection.execute(
            "SELECT id, first, last, count FROM sealed WHERE row = ? AND period BETWEEN ? AND ?"
            " AND last >= ? AND first < ? ORDER BY first, id",
            (
                row,
                span.begin_us // PERIOD_US,
                (span.end_us - 1) // PERIOD_US,
                span.begin_us,
                span.end_us,
            ),
        )
        return [Place(*one) for one in found]

    def columns(self, place: Place) -> Columns:
        """What is in a sealed batch."""
        found = self.connection.execute("SELECT columns FROM sealed WHERE id = ?", (place.id,))
        return codec.unpack(found.fetchone()[0])

    def summaries(self, row: int, span: Span) -> list[Summary]:
        """The hours and days of a datastream that begin in a span, where only those are kept."""
        found = self.connection.execute(
            "SELECT columns FROM summary WHERE row = ? AND last >= ? AND first < ?",
            (row, span.begin_us, span.end_us),
        )
        return [steps.within(codec.unpack_summary(packed), span) for (packed,) in found]


def needed(places: list[Place], span: Span, limit: int, *, newest: bool) -> list[Place]:
    """Those of some batches by their first time that hold the first `limit` observations of a span,
    or the last ones.
    """
    if newest:
        mirrored = [Place(one.id, -one.last, -one.first, one.count) for one in places]
        mirrored.sort(key=lambda one: one.first)
        begin, end = -span.end_us + 1, -span.begin_us + 1
    else:
        mirrored, begin, end = places, span.begin_us, span.end_us
    taken: set[int] = set()
    sure, reach = 0, begin
    for place in mirrored:
        if sure >= limit and place.first > reach:
            break
        taken.add(place.id)
        reach = max(reach, place.last)
        if place.first >= begin and place.last < end:
            sure += place.count
    # In the order they were made, the first of two at one time counts.
    return sorted((one for one in places if one.id in taken), key=lambda one: one.id)
