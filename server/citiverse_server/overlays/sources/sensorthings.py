"""Observations from an OGC SensorThings 1.1 service, asked over HTTP.

First what there is: its Datastreams with their Things, Locations and ObservedProperties, page by
page. Then, at every interval, Observations by phenomenonTime for all of them at once, as dataArray
where the service knows that. Each time the last minutes are asked for again, as some sensors tell
late; what was told before is not told again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..instants import rfc3339
from ..model import Rejected
from .documents import entries, mapping, parse, text
from .entering import enter_datastream, enter_thing
from .http_client import HttpClient
from .intake import SourceDown
from .persistence import persistently
from .sensorthings_entities import described, observations
from .zones import zone_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from datetime import tzinfo

    from ..reading import Arrival, Observed
    from .intake import Intake

logger = logging.getLogger("citiverse.sensors")

PAGE = 1000
MAX_PAGES = 2000
MOST_AT_ONCE = 200_000
"""Of observations; the others come with the next asking."""
RENEWED_S = 3600.0
FIRST_LOOK_BACK_S = 3600.0
LATENESS_S = 900.0
OK, SERVER_ERROR = 200, 500
DATASTREAMS = "Datastreams?$expand=Thing($expand=Locations),ObservedProperty&$top=200"
IN_ARRAYS = "&$resultFormat=dataArray&$select=phenomenonTime,result"
ONE_BY_ONE = "&$select=phenomenonTime,result&$expand=Datastream($select=id)"


def arrivals(intake: Intake) -> AsyncGenerator[Arrival, None]:
    """Observations of all datastreams of the service, for ever."""
    return persistently(intake, _Service(intake).ask)


async def discover(client: HttpClient, intake: Intake, root: str) -> dict[str, str]:
    """Enters the Datastreams of a service in the registry: keys by id. Raises `SourceDown`."""
    known: dict[str, str] = {}
    first = _page((await client.get(f"{root}/{DATASTREAMS}")).body)
    async for page in _pages(client, first):
        for entity in entries(mapping(page).get("value")):
            found = described(entity, intake.source)
            if found is None:
                intake.reject(Rejected.UNREADABLE)
                continue
            thing = enter_thing(intake, found.thing)
            if thing is not None and enter_datastream(intake, found.datastream, thing):
                known[found.id] = found.datastream.key
    return known


class _Service:
    """What is remembered from one asking to the next."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._root = intake.source.url.rstrip("/")
        self._zone: tzinfo | None = zone_of(intake.source)
        self._keys: set[str] = set()
        self._described_us = 0
        self._asked_us = 0
        self._in_arrays = True
        self._told: set[Observed] = set()

    async def ask(self) -> AsyncGenerator[Arrival, None]:
        """What is new since the last time."""
        now_us = self._intake.now_us()
        async with HttpClient(self._root, self._intake.credentials) as client:
            if now_us - self._described_us > RENEWED_S * 1_000_000:
                self._keys = set((await discover(client, self._intake, self._root)).values())
                self._described_us = now_us
            back_s = LATENESS_S if self._asked_us else FIRST_LOOK_BACK_S
            since_us = (self._asked_us or now_us) - round(back_s * 1_000_000)
            told: set[Observed] = set()
            newest_us, pages = 0, 0
            async for page in self._observations(client, since_us):
                pages += 1
                for found in observations(page, self._intake.source, self._zone):
                    if isinstance(found, Rejected):
                        self._intake.reject(found)
                    elif found.datastream not in self._keys:
                        self._intake.reject(Rejected.UNKNOWN_DATASTREAM)
                    else:
                        told.add(found)
                        newest_us = max(newest_us, found.time_us)
                        if found not in self._told:
                            yield found
                if pages == MAX_PAGES or len(told) >= MOST_AT_ONCE:
                    # They come by time, and go on from here.
                    now_us = min(now_us, newest_us + round(LATENESS_S * 1_000_000))
                    break
        # Only what a whole asking has brought counts as told.
        self._told, self._asked_us = told, now_us

    async def _observations(self, client: HttpClient, since_us: int) -> AsyncIterator[object]:
        asked = (
            f"{self._root}/Observations?$filter=phenomenonTime%20ge%20{rfc3339(since_us)}"
            f"&$orderby=phenomenonTime%20asc&$top={PAGE}"
        )
        if self._in_arrays:
            answer = await client.ask("GET", asked + IN_ARRAYS)
            if answer.status == OK and _holds_arrays(first := _page(answer.body)):
                async for page in _pages(client, first):
                    yield page
                return
            # Not every service has this extension (SensorThings 1.1, 12).
            self._in_arrays = answer.status >= SERVER_ERROR
        async for page in _pages(client, _page((await client.get(asked + ONE_BY_ONE)).body)):
            yield page


async def _pages(client: HttpClient, page: object) -> AsyncIterator[object]:
    """A page, and those that follow it."""
    for _ in range(MAX_PAGES):
        yield page
        link = text(mapping(page).get("@iot.nextLink"), 8192)
        if not link:
            return
        page = _page((await client.get(client.follow(link))).body)
    logger.warning("A SensorThings service has more than %d pages; the rest is left.", MAX_PAGES)


def _page(body: bytes) -> object:
    try:
        page = parse(body)
    except ValueError as error:
        raise SourceDown(f"its answer can't be read: {error}") from None
    if not isinstance(mapping(page).get("value"), list):
        raise SourceDown("its answer is no collection of SensorThings")
    return page


def _holds_arrays(page: object) -> bool:
    return all("dataArray" in mapping(one) for one in entries(mapping(page).get("value"))[:1])
