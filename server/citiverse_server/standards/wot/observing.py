"""Properties as they change: Server-Sent Events (WHATWG HTML, 9.2), one property a connection.

Whoever listens is told the latest, at most once a tick; what he misses meanwhile he doesn't need.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from ...neighbourhood import neighbourhood
from .description import observation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ...overlays.model import Batch
    from ..ngsi_ld.city import City

MAX_OBSERVERS = 200
MAX_OF_ONE_ADDRESS = 20
SIGN_OF_LIFE_S = 15.0
MEDIA_TYPE = "text/event-stream"


class Observers:
    """All who listen, by the row of the datastream."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._by_row: dict[int, set[asyncio.Event]] = {}
        self._by_household: Counter[str | None] = Counter()
        self._hears = False

    def are_too_many(self, address: str) -> bool:
        """Whether as many listen as may, of all or of an address."""
        household = neighbourhood(address)
        of_one = 0 if household is None else self._by_household[household]
        return of_one >= MAX_OF_ONE_ADDRESS or self._by_household.total() >= MAX_OBSERVERS

    def take(self, batch: Batch) -> None:
        """Observations that are new."""
        if not self._by_row:
            return
        for row in self._by_row.keys() & set(batch.rows.tolist()):
            for changed in self._by_row[row]:
                changed.set()

    async def events(self, row: int, address: str) -> AsyncIterator[bytes]:
        """What the property says now, and whenever that has changed, until nobody listens.

        Nothing for one too many.
        """
        if self.are_too_many(address):
            return
        if not self._hears:
            self._city.sensors.hear(self.take)
            self._hears = True
        changed, household = asyncio.Event(), neighbourhood(address)
        self._by_row.setdefault(row, set()).add(changed)
        self._by_household[household] += 1
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
            self._by_household[household] -= 1
            self._by_household += Counter()

    async def _event(self, row: int) -> bytes:
        values = await self._city.values(await self._city.directory(), (row,))
        attribute = values.attribute(row)
        if attribute is None:
            return b":\n\n"
        return b"data: %s\n\n" % msgspec.json.encode(observation(attribute))
