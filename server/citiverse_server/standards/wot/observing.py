"""Properties as they change: Server-Sent Events (WHATWG HTML, 9.2), one property a connection.

Whoever listens is told the latest, at most once a tick; what he misses meanwhile he doesn't need.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from .description import observation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ...overlays.model import Batch
    from ..ngsi_ld.city import City

MAX_OBSERVERS = 200
SIGN_OF_LIFE_S = 15.0
MEDIA_TYPE = "text/event-stream"


class Observers:
    """All who listen, by the row of the datastream."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._by_row: dict[int, set[asyncio.Event]] = {}
        self._hears = False

    @property
    def is_full(self) -> bool:
        """Whether as many listen as may."""
        return sum(map(len, self._by_row.values())) >= MAX_OBSERVERS

    def take(self, batch: Batch) -> None:
        """Observations that are new."""
        if not self._by_row:
            return
        for row in self._by_row.keys() & set(batch.rows.tolist()):
            for changed in self._by_row[row]:
                changed.set()

    async def events(self, row: int) -> AsyncIterator[bytes]:
        """What the property says now, and whenever that has changed, until nobody listens."""
        if not self._hears:
            self._city.sensors.hear(self.take)
            self._hears = True
        changed = asyncio.Event()
        self._by_row.setdefault(row, set()).add(changed)
        try:
            yield await self._event(row)
            while True:
                try:
                    async with asyncio.timeout(SIGN_OF_LIFE_S):
                        await changed.wait()
                except TimeoutError:
                    # A comment, by which those in between see that the connection is alive.
                    yield b":\n\n"
                    continue
                changed.clear()
                yield await self._event(row)
        finally:
            self._by_row[row].discard(changed)
            if not self._by_row[row]:
                del self._by_row[row]

    async def _event(self, row: int) -> bytes:
        values = await self._city.values(await self._city.directory(), (row,))
        attribute = values.attribute(row)
        if attribute is None:
            return b":\n\n"
        return b"data: %s\n\n" % msgspec.json.encode(observation(attribute))
