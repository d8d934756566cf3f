"""Where things were, for a question that follows HistoricalLocations (OGC 18-088, 8.2.3).

Tracks lie in the store. So much of them as is asked about becomes entities beside those of the
catalogue, for this one question: a HistoricalLocation and a Location for each fix, both called by
the thing and the time. Whatever a question may say of entities it may say of these.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

import numpy as np

from ...observations.store import Span
from ...observations.tracks import MOST_FIXES, last_fixes
from ...overlays.instants import rfc3339
from . import entities
from .bounds import ALWAYS, bounds
from .catalogue import EntityTable
from .entities import Place, Properties
from .expression import Path
from .observed import parted
from .reading import ASKED_CELLS
from .tables import Links

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...observations.store import ObservationStore
    from .address import Address
    from .catalogue import Catalogue
    from .options import Options
    from .tables import Budget, Rows

PARTS = 5
"""A fix is read as so many rows of the store."""
_SET = "HistoricalLocation"
_TIME = Path(("time",))


class Fixes(NamedTuple):
    """Where one thing was, the newest first; `row` is that of the thing."""

    row: int
    places: Sequence[Place]


def is_asked(address: Address, query: str) -> bool:
    """Whether a question can follow HistoricalLocations, or names a place of the past."""
    first = address.steps[0]
    named = first.target.name == "Location" and "@" in (first.key or "")
    followed = any(step.target.name == _SET for step in address.steps)
    return named or followed or f"{_SET}s" in unquote(query)


async def with_past(
    catalogue: Catalogue,
    store: ObservationStore,
    address: Address,
    options: Options,
    budget: Budget,
    now_us: int,
) -> Catalogue:
    """The catalogue, and the newest fixes of what is asked about. Raises `QueryError`."""
    keys, span = _asked(catalogue, address)
    if address.steps[-1].target.name == _SET and address.steps[-1].key is None:
        limits = bounds(options.filter, now_us, _TIME).span
        span = Span(max(span.begin_us, limits.begin_us), min(span.end_us, limits.end_us))
    found = []
    for key in keys:
        budget.spend(PARTS * ASKED_CELLS)
        track = await last_fixes(store, key, span, max(1, MOST_FIXES // len(keys)))
        columns = (track.longitudes, track.latitudes, track.heights, track.times)
        rows = zip(*(column[::-1].tolist() for column in columns), strict=True)
        row = catalogue.tables["Thing"].row(key)
        if row is not None:
            found.append(Fixes(row, [Place(*one) for one in rows]))
    budget.spend(sum(len(one.places) for one in found))
    return _joined(catalogue, found)


def _asked(catalogue: Catalogue, address: Address) -> tuple[list[str], Span]:
    """The keys of the things, and when."""
    first, moving = address.steps[0], catalogue.tables[_SET]
    if first.key is None or first.target.name not in ("Thing", "Location", _SET):
        return list(moving.keys), ALWAYS
    parts = parted(first.key) if first.target.name != "Thing" else None
    key, span = (first.key, ALWAYS) if parts is None else (parts[0], Span(parts[1], parts[1] + 1))
    return ([key] if moving.row(key) is not None else []), span


def _joined(catalogue: Catalogue, found: Sequence[Fixes]) -> Catalogue:
    """The catalogue with fixes as entities of their own."""
    things, locations = catalogue.tables["Thing"], catalogue.tables["Location"]
    owners = np.array([one.row for one in found for _ in one.places], dtype=np.intp)
    places = [place for one in found for place in one.places]
    keys = [
        f"{things.keys[row]}@{place.time_us}"
        for row, place in zip(owners.tolist(), places, strict=True)
    ]

    def time(row: int, _root: str) -> Properties:
        return {"time": rfc3339(places[row].time_us or 0)}

    def location(row: int, root: str) -> Properties:
        if row < locations.size:
            return locations.entity(row, root)
        name = things.keys[int(owners[row - locations.size])]
        thing = things.entity(int(owners[row - locations.size]), root)
        return {
            "name": thing["name"],
            "description": f"Where {name} was",
            "encodingType": entities.GEOJSON,
            "location": entities.point(places[row - locations.size]),
        }

    past = EntityTable(catalogue.tables[_SET].type, keys, time)
    everywhere = EntityTable(
        locations.type, [*locations.keys, *keys], location, listed=locations.size
    )
    own = locations.size + np.arange(len(keys))
    placed = locations.links("Things").targets
    everywhere.link("Things", Links.to_one(np.append(placed, owners)))
    everywhere.link(f"{_SET}s", _times_of(own, owners, placed, everywhere.size))
    past.link("Thing", Links.to_one(owners))
    past.link("Locations", Links.to_one(own))
    linked = things.linked(f"{_SET}s", Links.to_many(owners, things.size))
    tables = {**catalogue.tables, "Thing": linked, "Location": everywhere, _SET: past}
    return replace(catalogue, tables=tables)


def _times_of(own: Rows, owners: Rows, placed: Rows, size: int) -> Links:
    """Each place of the past has its time, and the place where a thing is now the newest."""
    newest = np.flatnonzero(np.diff(owners, prepend=-1))
    now = np.searchsorted(placed, owners[newest])
    links = Links.to_many(np.append(now, own), size)
    return Links(links.offsets, np.append(newest, np.arange(len(own)))[links.targets])
