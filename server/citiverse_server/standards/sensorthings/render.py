"""Entities and sets of them as the standard writes them in JSON (OGC 18-088, 8.2, 9.2 and 9.3)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ...observations.recent import part
from ...overlays.instants import rfc3339
from .data_array import components, tables
from .entities import Properties, quoted
from .evaluate import ordered, where
from .expression import Order, Path
from .observed import QUALITIES, identities
from .options import Options, query_of
from .problems import QueryError
from .tables import Budget, Frame, Rows
from .vocabulary import BY_NAME, IDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...overlays.model import Batch
    from .catalogue import Catalogue
    from .options import Expansion
    from .reading import Reader
    from .vocabulary import EntityType

DEFAULT_PAGE = 100
WITHIN_PAGE = 20
"""The same of what is expanded, so that a careless question is a small one."""
MAX_PAGE = 1000
MAX_ENTITIES = 10_000
"""In one answer, with all that is expanded in it."""
_AT_ONCE = 200
"""So many entities are written before others have their turn."""
_NEWEST = (Order(Path(("phenomenonTime",)), descending=True),)
_LAST_ONE = Options(orders=_NEWEST, top=1)
_OBSERVATION = BY_NAME["Observation"]


@dataclass(frozen=True, slots=True)
class Collection:
    """A page of a set; `more` are the options of the next page."""

    value: list[Properties]
    count: int | None
    more: Options | None


def checked(kind: EntityType, options: Options) -> None:
    """Raises `QueryError` where a property or a link is named that there isn't."""
    known = {*kind.properties, *kind.links, *IDS}
    unknown = next((name for name in options.select if name not in known), None)
    if unknown is not None:
        raise QueryError(f"$select: {kind.set_name} have no property {unknown[:40]!r}.")
    for expansion in options.expand:
        link = kind.links.get(expansion.link)
        if link is None:
            raise QueryError(f"$expand: {kind.set_name} have no link {expansion.link[:40]!r}.")
        if not link.many and expansion.options.is_of_sets:
            raise QueryError(f"$expand: {expansion.link} is one entity, not a set.")
        checked(BY_NAME[link.target], expansion.options)


class Renderer:
    """Writes the answer to one request; counts what it has written."""

    def __init__(
        self, catalogue: Catalogue, reader: Reader, root: str, budget: Budget, now_us: int
    ) -> None:
        """`root` is the address of the service, as whoever asks knows it."""
        self._catalogue = catalogue
        self._reader = reader
        self._root = root
        self._budget = budget
        self._now_us = now_us
        self._written = 0

    async def collection(
        self, kind: EntityType, rows: Rows, options: Options, page: int = DEFAULT_PAGE
    ) -> Collection:
        """A page of entities, or of the Observations of these Datastreams. Raises `QueryError`."""
        limit = min(page if options.top is None else options.top, MAX_PAGE)
        if kind is _OBSERVATION:
            return await self._observations(rows, options, limit)
        chosen = self._ordered(kind, rows, options)
        until = options.skip + limit
        return Collection(
            await self.entities(kind, chosen[options.skip : until], options),
            len(chosen) if options.count else None,
            replace(options, skip=until) if limit and len(chosen) > until else None,
        )

    async def entities(self, kind: EntityType, rows: Rows, options: Options) -> list[Properties]:
        """Entities of a table, with what is expanded. Raises `QueryError`."""
        table = self._catalogue.tables[kind.name]
        newest = await self._newest(rows, options) if kind.name == "Datastream" else {}
        found = []
        for row in rows.tolist():
            await self._write_one()
            key = table.keys[row]
            properties = table.entity(row, self._root)
            one = self._whole(kind, key, properties, options)
            for expansion in options.expand:
                await self._expand(one, kind, row, expansion, newest.get(row))
            found.append(one)
        return found

    async def observed(self, batch: Batch, options: Options) -> list[Properties]:
        """Observations with what is expanded. Raises `QueryError`."""
        keys = identities(self._catalogue, batch)
        columns = (batch.rows, batch.values, batch.times, batch.quality)
        rows = zip(keys, *(column.tolist() for column in columns), strict=True)
        known: dict[int, Properties] = {}
        found = []
        for key, stream, value, time_us, quality in rows:
            await self._write_one()
            properties: Properties = {
                "phenomenonTime": rfc3339(time_us),
                "result": value,
                "resultTime": None,
            }
            if quality:
                properties["resultQuality"] = QUALITIES[quality]
            one = self._whole(_OBSERVATION, key, properties, options)
            # The same Datastream and FeatureOfInterest stand in many of them.
            if stream not in known:
                known[stream] = await self._around(stream, options)
            one.update(known[stream])
            found.append(one)
        return found

    def reference(self, kind: EntityType, key: str) -> str:
        """The address of an entity."""
        return f"{self._root}/{kind.set_name}({quoted(key)})"

    async def _observations(self, streams: Rows, options: Options, limit: int) -> Collection:
        count = await self._reader.count(streams, options) if options.count else None
        page = await self._reader.page(streams, options, limit)
        more = None
        if page.after is not None:
            more = replace(options, after=page.after, skip=0)
        elif page.skip is not None:
            more = replace(options, skip=page.skip)
        if options.format == "dataArray":
            return Collection(self._tables(page.batch, options), count, more)
        return Collection(await self.observed(page.batch, options), count, more)

    def _tables(self, batch: Batch, options: Options) -> list[Properties]:
        datastream = partial(self.reference, BY_NAME["Datastream"])
        return tables(self._catalogue, batch, components(options.select), datastream)

    def _ordered(self, kind: EntityType, rows: Rows, options: Options) -> Rows:
        """All rows that meet the condition, in their order."""
        if options.filter is not None:
            rows = rows[where(options.filter, self._frame(kind, rows), self._now_us)]
        if options.orders:
            rows = rows[ordered(options.orders, self._frame(kind, rows), self._now_us)]
        return rows

    def _frame(self, kind: EntityType, rows: Rows) -> Frame:
        return Frame(self._catalogue.tables, kind.name, rows, self._budget)

    async def _expand(
        self,
        one: Properties,
        kind: EntityType,
        row: int,
        expansion: Expansion,
        newest: Batch | None,
    ) -> None:
        link = kind.links[expansion.link]
        target = BY_NAME[link.target]
        options = expansion.options
        if newest is not None and link.target == "Observation":
            one[link.name] = await self.observed(newest, options)
            return
        if target is _OBSERVATION:
            rows = self._catalogue.observed_by(kind.name, row)
        else:
            rows = self._catalogue.tables[kind.name].links(link.name).of(row)
        if not link.many:
            found = await self.entities(target, rows, options)
            one[link.name] = found[0] if found else None
            return
        page = await self.collection(target, rows, options, WITHIN_PAGE)
        if page.count is not None:
            one[f"{link.name}@iot.count"] = page.count
        one[link.name] = page.value
        if page.more is not None:
            key = self._catalogue.tables[kind.name].keys[row]
            address = f"{self.reference(kind, key)}/{link.name}"
            one[f"{link.name}@iot.nextLink"] = f"{address}?{query_of(page.more)}"

    async def _newest(self, rows: Rows, options: Options) -> Mapping[int, Batch]:
        """The last Observation of each Datastream, all at once, where it is all that is asked."""
        asked = next((one.options for one in options.expand if one.link == "Observations"), None)
        if asked is None or replace(asked, select=(), expand=()) != _LAST_ONE:
            return {}
        batch = await self._reader.newest(rows)
        place = {row: at for at, row in enumerate(batch.rows.tolist())}
        nothing = slice(0)
        return {
            row: part(batch, slice(place[row], place[row] + 1) if row in place else nothing)
            for row in rows.tolist()
        }

    async def _around(self, stream: int, options: Options) -> Properties:
        """What an Observation of a Datastream has expanded."""
        found: Properties = {}
        for expansion in options.expand:
            target = BY_NAME[expansion.link]
            row = stream if target.name == "Datastream" else int(self._catalogue.features[stream])
            rows = np.array([row], dtype=np.intp)
            found[expansion.link] = (await self.entities(target, rows, expansion.options))[0]
        return found

    def _whole(
        self, kind: EntityType, key: str, properties: Properties, options: Options
    ) -> Properties:
        """An entity with its identity and its links, or what is selected of it."""
        address = self.reference(kind, key)
        expanded = {expansion.link for expansion in options.expand}
        if not options.select:
            whole: Properties = {"@iot.id": key, "@iot.selfLink": address, **properties}
            chosen = list(kind.links)
        else:
            whole = {"@iot.id": key} if set(IDS) & set(options.select) else {}
            whole |= {name: properties[name] for name in options.select if name in properties}
            chosen = [name for name in options.select if name in kind.links]
        for name in chosen:
            if name not in expanded:
                whole[f"{name}@iot.navigationLink"] = f"{address}/{name}"
        return whole

    async def _write_one(self) -> None:
        self._written += 1
        if self._written > MAX_ENTITIES:
            raise QueryError(
                f"This answer has more than {MAX_ENTITIES} entities; ask for fewer with $top."
            )
        if self._written % _AT_ONCE == 0:
            await asyncio.sleep(0)
