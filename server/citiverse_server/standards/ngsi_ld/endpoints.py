"""Questions over HTTP: entities, types, entities over time (6.4 to 6.8, 6.18, 6.19, 6.25, 6.26)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from ..turns import Turns
from . import context
from .answering import JSON_LD, answer, speech_of
from .entity import written
from .latest import Asked
from .problems import Kind, NgsiError, bad
from .selection import (
    Page,
    flag,
    listed,
    page_of,
    selection_of,
    style_of,
)
from .temporal import over_time, range_header, share_of, times_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from ...observations.store import ObservationStore
    from .city import City
    from .context import Names
    from .directory import Directory, Entry
    from .entity import Json
    from .temporal import Times

MAX_OVER_TIME = 100
"""Entities in one answer about time."""


class Questions:
    """One method for each route that is read."""

    def __init__(self, city: City) -> None:
        self._city = city
        # Each may read much; the store has other questions to answer.
        self._recalling = Turns(1)

    async def entities(self, request: Request) -> Response:
        """Query entities (5.7.2)."""
        speech = speech_of(request)
        parameters, names = _parameters(request), context.Names()
        wanted, page = selection_of(parameters, names), page_of(parameters)
        style = style_of(parameters, wanted.attributes)
        if not wanted.is_bounded:
            raise bad("Say what is wanted: type, attrs, q, georel, id, idPattern or local=true.")
        directory = await self._city.directory()
        values = await self._city.values(directory)
        found = await self._city.selected(directory, values, wanted)
        entries, total, more = _paged(found, page)
        body: Json = [written(Asked(entry, values).entity(), style) for entry in entries]
        return answer(speech, body, headers=_paging(request, page, total, more=more))

    async def entity(self, request: Request) -> Response:
        """Retrieve an entity (5.7.1)."""
        speech = speech_of(request)
        parameters, names = _parameters(request), context.Names()
        only = _attributes(parameters, names)
        style = style_of(parameters, only)
        directory = await self._city.directory()
        entry = self._named(directory, request)
        values = await self._city.values(directory, tuple(entry.measured.values()))
        entity = Asked(entry, values).entity()
        if only is not None and not only & set(entity.attributes):
            raise NgsiError(Kind.RESOURCE_NOT_FOUND, "The entity has none of these attributes.")
        return answer(speech, written(entity, style))

    async def types(self, request: Request) -> Response:
        """Which types there are (5.7.5), with `details` their attributes (5.7.6)."""
        speech = speech_of(request)
        parameters = _parameters(request)
        types = (await self._city.directory()).types
        if flag(parameters, "details"):
            details: Json = [
                {
                    "id": context.iri(name),
                    "type": "EntityType",
                    "typeName": name,
                    "attributeNames": list(attributes),
                }
                for name, attributes in types.items()
            ]
            return answer(speech, details)
        body: Json = {
            "id": "urn:ngsi-ld:EntityTypeList:citiverse",
            "type": "EntityTypeList",
            "typeList": list(types),
        }
        return answer(speech, body)

    async def type(self, request: Request) -> Response:
        """One type, how many entities it has, and its attributes (5.7.7)."""
        speech = speech_of(request)
        name = context.Names().of(request.path_params["type"])
        directory = await self._city.directory()
        attributes = directory.types.get(name)
        if attributes is None:
            raise NgsiError(Kind.RESOURCE_NOT_FOUND, "There is no entity of this type.")
        body: Json = {
            "id": context.iri(name),
            "type": "EntityTypeInfo",
            "typeName": name,
            "entityCount": sum(entry.type == name for entry in directory.entries),
            "attributeDetails": [
                {
                    "id": context.iri(attribute),
                    "type": "Attribute",
                    "attributeName": attribute,
                    "attributeTypes": [_KINDS.get(attribute, "Property")],
                }
                for attribute in attributes
            ],
        }
        return answer(speech, body)

    async def entity_over_time(self, request: Request) -> Response:
        """Retrieve an entity over time (5.7.3)."""
        speech = speech_of(request)
        parameters, names = _parameters(request), context.Names()
        only, store = _attributes(parameters, names), self._kept()
        times = times_of(parameters, self._city.now_us)
        directory = await self._city.directory()
        entry = self._named(directory, request)
        body, headers = await self._told(directory, store, [entry], only, times)
        if only is not None and len(body) and set(body[0]) <= {"id", "type"}:
            raise NgsiError(Kind.RESOURCE_NOT_FOUND, "The entity has none of these over time.")
        return answer(speech, body[0], 206 if headers else 200, headers)

    async def entities_over_time(self, request: Request) -> Response:
        """Query entities over time (5.7.4)."""
        speech = speech_of(request)
        parameters, names = _parameters(request), context.Names()
        wanted, page, store = selection_of(parameters, names), page_of(parameters), self._kept()
        if page.limit > MAX_OVER_TIME:
            raise NgsiError(Kind.TOO_MANY_RESULTS, f"Over time, limit is at most {MAX_OVER_TIME}.")
        if "timerel" not in parameters or not wanted.is_bounded:
            raise bad("Say what is wanted, and when: timerel and timeAt.")
        times = times_of(parameters, self._city.now_us)
        directory = await self._city.directory()
        values = await self._city.values(directory)
        found = await self._city.selected(directory, values, wanted)
        entries, total, more = _paged(found, page)
        body, headers = await self._told(directory, store, entries, wanted.attributes, times)
        paging = _paging(request, page, total, more=more)
        return answer(speech, body, 206 if headers else 200, paging | headers)

    async def own_context(self, _request: Request) -> Response:
        """This server's @context, so that no other host is needed."""
        types = (await self._city.directory()).types
        attributes = {name for listed_names in types.values() for name in listed_names}
        body = msgspec.json.encode(context.document(attributes, types))
        headers = {"access-control-allow-origin": "*", "cache-control": "no-cache"}
        return Response(body, 200, headers, media_type=JSON_LD)

    def _kept(self) -> ObservationStore:
        if self._city.store is None:
            raise NgsiError(
                Kind.OPERATION_NOT_SUPPORTED,
                "This server keeps no observations.",
            )
        return self._city.store

    def _named(self, directory: Directory, request: Request) -> Entry:
        entry = directory.by_id.get(request.path_params["entity"])
        if entry is None:
            raise NgsiError(Kind.RESOURCE_NOT_FOUND, "There is no entity with this id.")
        return entry

    async def _told(
        self,
        directory: Directory,
        store: ObservationStore,
        entries: list[Entry],
        only: frozenset[str] | None,
        times: Times,
    ) -> tuple[list[dict[str, Json]], dict[str, str]]:
        """Entities over time, and the headers of an answer that had to be cut."""
        wanted = [
            {name: row for name, row in entry.measured.items() if only is None or name in only}
            for entry in entries
        ]
        moving = [entry.moves and (only is None or "location" in only) for entry in entries]
        share = share_of(sum(map(len, wanted)) + sum(moving))
        async with self._recalling.one():
            told = [
                await over_time(
                    entry, rows, directory.datastreams, store, times, share, moves=moves
                )
                for entry, rows, moves in zip(entries, wanted, moving, strict=True)
            ]
        cut = [one.cut for one in told if one.cut is not None]
        headers = {"content-range": range_header(cut)} if cut else {}
        return [one.document for one in told], headers


_KINDS = {
    "location": "GeoProperty",
    "refDevice": "Relationship",
    "refPointOfInterest": "Relationship",
}


def _parameters(request: Request) -> Mapping[str, str]:
    """Each parameter once; raises `NgsiError`."""
    found = request.query_params
    if len(found.multi_items()) != len(found):
        raise bad("Each parameter is given once.")
    if "\x00" in str(found):
        raise bad("A parameter has a character that is none.")
    return found


def _attributes(parameters: Mapping[str, str], names: Names) -> frozenset[str] | None:
    found = listed(parameters, "attrs")
    return None if found is None else frozenset(map(names.of, found))


def _paged(found: list[Entry], page: Page) -> tuple[list[Entry], int, bool]:
    end = page.offset + page.limit
    return found[page.offset : end], len(found), len(found) > end


def _paging(request: Request, page: Page, total: int, *, more: bool) -> dict[str, str]:
    """The number of all, and where the pages before and after are (6.3.10)."""
    headers = {"ngsild-results-count": str(total)} if page.count else {}
    links: list[str] = []
    for relation, offset, there in (
        ("prev", max(page.offset - page.limit, 0), page.offset > 0),
        ("next", page.offset + page.limit, more),
    ):
        if there and page.limit:
            asked = {**request.query_params, "offset": str(offset), "limit": str(page.limit)}
            links.append(f'<{request.url.path}?{urlencode(asked)}>; rel="{relation}"')
    return headers | ({"link": ", ".join(links)} if links else {})
