"""The service: from a resource path and a query to an answer (OGC 18-088, 9)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from ...errors import SceneError
from .address import address_of
from .catalogue import Catalogue, catalogue, inside
from .options import Options, options_of, query_of
from .past import is_asked, with_past
from .places import places
from .problems import QueryError, missing
from .reading import Reader
from .render import Renderer, checked
from .resources import resource_at
from .tables import Budget
from .vocabulary import IDS, TYPES

if TYPE_CHECKING:
    from ...hub import Hub
    from ...observations.store import ObservationStore
    from .address import Address
    from .entities import Properties
    from .render import Collection
    from .resources import Resource

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
_REQUIREMENTS = "http://www.opengis.net/spec/iot_sensing/1.1/req/"
_MET = (
    *(
        f"datamodel/{name}/{part}"
        for name in (
            "thing", "location", "historical-location", "datastream", "sensor", "observed-property",
            "observation", "feature-of-interest",
        )
        for part in ("properties", "relations")
    ),
    "resource-path/resource-path-to-entities",
    *(
        f"request-data/{name}"
        for name in (
            "order", "expand", "select", "status-code", "query-status-code", "orderby", "top",
            "skip", "count", "filter", "built-in-filter-operations", "built-in-query-functions",
            "pagination",
        )
    ),
    "data-array/data-array",
)  # fmt: skip
CONFORMANCE = tuple(_REQUIREMENTS + name for name in _MET)
"""The requirements of 18-088 that are met; docs/standards/sensorthings.md says where others end."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A body and its media type; None: no content (204)."""

    body: bytes | None
    media_type: str = JSON


class Service:
    """Answers out of a hub with sensors; what the registry says is kept until it changes."""

    def __init__(self, hub: Hub, store: ObservationStore) -> None:
        self._hub = hub
        self._store = store
        self._made: tuple[tuple[int, int], Catalogue] | None = None
        self._making = asyncio.Lock()

    async def answer(self, path: str, query: str, root: str) -> Reply:
        """The answer to a GET; `root` is the service's address.

        Raises `QueryError` and `StateError`.
        """
        address, options = address_of(path), options_of(query)
        if not address.steps:
            return _json(_root(root))
        asked = address.steps[-1].target
        checked(asked, options)
        now_us, budget = self._hub.now().micros, Budget()
        tables = await self.catalogue()
        if is_asked(address, query):
            tables = await with_past(tables, self._store, address, options, budget, now_us)
        reader = Reader(self._store, tables, budget, now_us)
        found = await resource_at(address, tables, reader)
        if options.format and not (found.is_set and asked.name == "Observation"):
            raise QueryError("$resultFormat=dataArray is for sets of Observations.")
        if options.format and options.expand:
            raise QueryError("In a dataArray nothing can be expanded.")
        if not found.is_set and options.is_of_sets:
            raise QueryError("This is one entity, of which nothing can be filtered or counted.")
        here = f"{root}/{address.path}"
        renderer = Renderer(tables, reader, root, budget, now_us)
        if address.inner:
            return await self._property(address, found, renderer)
        if address.ending == "$ref":
            return _json(await self._references(found, options, renderer, here))
        if found.is_set:
            page = await renderer.collection(found.kind, found.rows, options)
            return _json(_collection(page, here))
        return _json(await _one(found, options, renderer))

    async def catalogue(self) -> Catalogue:
        """All entities but Observations, as they are now."""
        registry, fixes = self._hub.sensors.registry, self._hub.sensors.fixes
        async with self._making:
            # What moves for the first time has a Location from then on.
            if self._made is not None and self._made[0] == (registry.revision, len(fixes.keys)):
                return self._made[1]
            for name in self._hub.scenes.entries:
                if registry.binding(name) is None:
                    # One that can't be opened is in the log; the others still tell of their things.
                    with suppress(SceneError):
                        await self._hub.enter(name)
            state = registry.revision, len(fixes.keys)
            found = places(registry, self._hub.scenes.entries, fixes.of)
            made = catalogue(registry, found.of, found.scenes_of)
            self._made = (state, made)
            return made

    async def _property(self, address: Address, found: Resource, renderer: Renderer) -> Reply:
        """One property, or what is inside of it; nothing where it is null (9.2.5)."""
        whole = await _one(found, Options(), renderer)
        name = address.inner[0]
        value = whole["@iot.id"] if name in IDS else inside(whole, address.inner)
        if value is None:
            if name in whole and len(address.inner) > 1:
                raise missing(f"There is nothing at {'/'.join(address.inner)[:100]!r}.")
            return Reply(None)
        if address.ending != "$value":
            return _json({address.inner[-1]: value})
        if isinstance(value, dict | list):
            return Reply(msgspec.json.encode(value))
        told = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        return Reply(told.encode(), TEXT)

    async def _references(
        self, found: Resource, options: Options, renderer: Renderer, here: str
    ) -> Properties:
        """The addresses of entities alone (9.2.8)."""
        if options.select or options.expand or options.format:
            raise QueryError("Of $ref nothing can be selected or expanded.")
        if not found.is_set:
            one = await _one(found, options, renderer)
            return {"value": [{"@iot.selfLink": one["@iot.selfLink"]}]}
        page = await renderer.collection(found.kind, found.rows, options)
        links = [{"@iot.selfLink": one["@iot.selfLink"]} for one in page.value]
        return _collection(page, here) | {"value": links}


async def _one(found: Resource, options: Options, renderer: Renderer) -> Properties:
    if found.batch is not None:
        return (await renderer.observed(found.batch, options))[0]
    return (await renderer.entities(found.kind, found.rows, options))[0]


def _root(root: str) -> Properties:
    """The sets, and which requirements are met (9.2.1)."""
    sets = [{"name": one.set_name, "url": f"{root}/{one.set_name}"} for one in TYPES]
    return {"value": sets, "serverSettings": {"conformance": list(CONFORMANCE)}}


def _collection(page: Collection, here: str) -> Properties:
    found: Properties = {} if page.count is None else {"@iot.count": page.count}
    found["value"] = page.value
    if page.more is not None:
        found["@iot.nextLink"] = f"{here}?{query_of(page.more)}"
    return found


def _json(body: Properties) -> Reply:
    return Reply(msgspec.json.encode(body))
