"""The part of a server that sources speak to, in memory: what a test needs to open one."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from citiverse_server.overlays.reading import Reading
from citiverse_server.overlays.registry import Registry
from citiverse_server.overlays.sensor_file import SourceSettings
from citiverse_server.overlays.sources.intake import Intake

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from citiverse_server.overlays.model import Rejected
    from citiverse_server.overlays.reading import Arrival

NOW_US = 1_793_000_000_000_000


@dataclass
class Taking:
    """A server around one source; `now_us` moves by a second whenever it is asked."""

    registry: Registry = field(default_factory=Registry)
    rejected: Counter[Rejected] = field(default_factory=Counter)
    losses: int = 0
    holding: bool = False
    storing: list[asyncio.Future[None]] = field(default_factory=list)
    moments: Any = field(default_factory=lambda: count(NOW_US, 1_000_000))

    def intake(
        self,
        kind: Any,
        url: str = "",
        *,
        topics: tuple[str, ...] = (),
        environment: dict[str, str] | None = None,
        **settings: Any,
    ) -> Intake:
        """One source of this kind, named `city`, asked as often as can be."""
        source = SourceSettings("city", kind, url, **{"every_s": 0.01, **settings})
        return Intake(
            source=source,
            topics=topics,
            environment=environment or {},
            registry=self.registry,
            stored=self._stored,
            lost=self._lose,
            reject=self._reject,
            now_us=lambda: next(self.moments),
        )

    async def _stored(self) -> None:
        """At once, or where it is `holding` when the test lets the store be done."""
        if self.holding:
            flushed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.storing.append(flushed)
            await flushed

    def _lose(self) -> None:
        self.losses += 1

    def _reject(self, reason: Rejected) -> None:
        self.rejected[reason] += 1


async def first(arrivals: AsyncGenerator[Arrival, None], number: int) -> list[Arrival]:
    """The first that a source yields; then it is let go."""
    found: list[Arrival] = []
    try:
        async with asyncio.timeout(10):
            async for arrival in arrivals:
                found.append(arrival)
                if len(found) == number:
                    break
    finally:
        await arrivals.aclose()
    return found


async def payload(coming: Awaitable[Arrival]) -> bytes:
    """That of the next message, which comes soon."""
    arrival = await asyncio.wait_for(coming, 10)
    assert isinstance(arrival, Reading)
    return arrival.payload


async def nothing_within(arrivals: AsyncGenerator[Arrival, None], seconds: float) -> None:
    """Waits so long; fails where the source yields anything."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(seconds):
            await anext(arrivals)


async def until(arrivals: AsyncGenerator[Arrival, None], happened: Callable[[], object]) -> None:
    """Lets a source run that yields nothing, until something has happened."""
    more = asyncio.ensure_future(anext(arrivals))
    try:
        async with asyncio.timeout(10):
            while not happened():
                await asyncio.sleep(0.005)
        assert not more.done()
    finally:
        more.cancel()
        await asyncio.gather(more, return_exceptions=True)
