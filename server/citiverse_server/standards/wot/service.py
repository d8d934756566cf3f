"""WoT over HTTP: the list of all things, each thing, and its properties; read-only."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote

import msgspec
from starlette.responses import StreamingResponse
from starlette.routing import Route, Router

from ...answers import as_body, problem
from ...connection import address_of
from ..ngsi_ld.city import City
from .description import JSON, MEDIA_TYPE, Subject, description, observation
from .observing import MEDIA_TYPE as STREAM
from .observing import Observers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from ...hub import Hub
    from ..ngsi_ld.directory import Directory, Entry
    from ..ngsi_ld.entity import Json
    from ..ngsi_ld.latest import Values

    Telling = Callable[[Directory, Entry, Request], Awaitable[Response]]

MAX_LISTED = 200


class Wot:
    """A raw ASGI application; all answers are public."""

    METHODS: ClassVar[list[str]] = ["GET", "HEAD"]

    def __init__(self, hub: Hub) -> None:
        self._city = City(hub)
        self._observers = Observers(self._city)
        self._router = Router(
            [
                Route("/wot", self._list, methods=self.METHODS),
                Route("/wot/{thing}", self._thing, methods=self.METHODS),
                Route("/wot/{thing}/properties", self._properties, methods=self.METHODS),
                Route("/wot/{thing}/properties/{name}", self._property, methods=self.METHODS),
                Route("/wot/{thing}/properties/{name}/events", self._observe, methods=["GET"]),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._router(scope, receive, send)

    async def _list(self, request: Request) -> Response:
        """All Thing Descriptions, in pages (WoT Discovery, 6.2.2.1.4)."""
        page = {"offset": 0, "limit": 50}
        for name in page:
            text = request.query_params.get(name)
            if text is not None:
                if not (text.isascii() and text.isdigit() and len(text) < 10):
                    return problem(400, f"{name} is a whole number of 0 or more.")
                page[name] = int(text)
        offset, limit = page["offset"], max(1, min(page["limit"], MAX_LISTED))
        directory = await self._city.directory()
        entries = [entry for entry in directory.entries if entry.is_thing]
        listed = [self._told(directory, one, request) for one in entries[offset : offset + limit]]
        response = as_body(request, msgspec.json.encode(listed), "application/ld+json")
        if offset + limit < len(entries):
            response.headers["link"] = f'</wot?offset={offset + limit}&limit={limit}>; rel="next"'
        return response

    async def _thing(self, request: Request) -> Response:
        return await self._about(request, self._describe)

    async def _properties(self, request: Request) -> Response:
        return await self._about(request, self._read_all)

    async def _property(self, request: Request) -> Response:
        return await self._about(request, self._read)

    async def _observe(self, request: Request) -> Response:
        return await self._about(request, self._events)

    async def _about(self, request: Request, telling: Telling) -> Response:
        thing = self._city.registry.thing(request.path_params["thing"])
        directory = await self._city.directory()
        entry = None if thing is None else directory.by_thing.get(thing.key)
        if entry is None:
            return problem(404, "This server has no such thing.")
        return await telling(directory, entry, request)

    async def _describe(self, directory: Directory, entry: Entry, request: Request) -> Response:
        body = msgspec.json.encode(self._told(directory, entry, request))
        return as_body(request, body, MEDIA_TYPE)

    async def _read_all(self, directory: Directory, entry: Entry, request: Request) -> Response:
        values = await self._city.values(directory, tuple(entry.measured.values()))
        found = {
            name: observation(attribute)
            for name, row in entry.measured.items()
            if (attribute := values.attribute(row)) is not None
        }
        return as_body(request, msgspec.json.encode(found), JSON)

    async def _read(self, directory: Directory, entry: Entry, request: Request) -> Response:
        row = entry.measured.get(request.path_params["name"])
        if row is None:
            return problem(404, "This thing has no such property.")
        values: Values = await self._city.values(directory, (row,))
        attribute = values.attribute(row)
        if attribute is None:
            return problem(404, "Nothing has been observed yet.")
        return as_body(request, msgspec.json.encode(observation(attribute)), JSON)

    async def _events(self, _directory: Directory, entry: Entry, request: Request) -> Response:
        row = entry.measured.get(request.path_params["name"])
        if row is None:
            return problem(404, "This thing has no such property.")
        address = address_of(request.scope)
        if self._observers.are_too_many(address):
            return problem(503, "Too many listen already; ask from time to time.")
        headers = {"access-control-allow-origin": "*", "cache-control": "no-store"}
        events = self._observers.events(row, address)
        return StreamingResponse(events, headers=headers, media_type=STREAM)

    def _told(self, directory: Directory, entry: Entry, request: Request) -> dict[str, Json]:
        root = f"{request.url.scheme}://{request.url.netloc}"
        thing = self._city.registry.things[entry.things[0]]
        places = directory.bearers.get(thing.key, ())
        subject = Subject(
            thing,
            entry,
            directory.datastreams,
            pages=tuple(dict.fromkeys(f"/s/{scene}" for scene, _ in places)),
            features=tuple(
                f"/scenes/{scene}/features?id={quote(identity, safe='')}"
                for scene, identity in places
            ),
        )
        return description(subject, root)
