"""Entities with what was observed last: columns of latest values beside a directory."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...overlays.instants import rfc3339
from ...overlays.model import Quality
from .entity import Attribute, Entity, target_in
from .models import unit_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ...overlays.model import Batch, Datastream, Fix
    from .directory import Directory, Entry, Position
    from .entity import Json
    from .query import Path

GOOD = "good"
STALE = "stale"
QUALITIES = (*(str(flag.name).lower() for flag in Quality), STALE)
"""All that can speak against a value."""


class Values:
    """The latest observation of each row, for one answer; `now_us` tells what is stale.

    `fix_of` says where a thing was last that moves, by its key.
    """

    def __init__(
        self,
        directory: Directory,
        latest: Batch,
        now_us: int,
        fix_of: Callable[[str], Fix | None] = lambda _key: None,
    ) -> None:
        self._datastreams = directory.datastreams
        self._latest = latest
        self._now_us = now_us
        self._fix_of = fix_of
        self._places = dict(zip(latest.rows.tolist(), range(len(latest.rows)), strict=True))

    def value(self, row: int) -> float | None:
        """The latest value of a datastream."""
        place = self._places.get(row)
        return None if place is None else float(self._latest.values[place])

    def attribute(self, row: int) -> Attribute | None:
        """The latest observation of a datastream as a property; None before the first."""
        place = self._places.get(row)
        if place is None:
            return None
        latest = self._latest
        return measured(
            self._datastreams[row],
            float(latest.values[place]),
            int(latest.times[place]),
            arrival_us=int(latest.arrivals[place]),
            flaws=self._flaws(row, place),
        )

    def position(self, entry: Entry) -> Position | None:
        """Where an entity is: degrees, and metres above the ellipsoid or NaN."""
        fix = self._fix_of(entry.things[0]) if entry.moves else None
        return entry.position if fix is None else (fix.lon, fix.lat, fix.height)

    def location(self, entry: Entry) -> Attribute | None:
        """The same as a GeoProperty; where it moves, with the time at which it was there."""
        position = self.position(entry)
        fix = self._fix_of(entry.things[0]) if entry.moves else None
        return None if position is None else point(position, None if fix is None else fix.time_us)

    def observed_us(self, rows: Iterable[int]) -> int | None:
        """When the newest of several datastreams was observed."""
        places = [place for row in rows if (place := self._places.get(row)) is not None]
        return max((int(self._latest.times[place]) for place in places), default=None)

    def _flaws(self, row: int, place: int) -> tuple[str, ...]:
        found = flaws_of(int(self._latest.quality[place]))
        age_s = (self._now_us - int(self._latest.times[place])) / 1e6
        return (*found, STALE) if age_s > self._datastreams[row].stale_after_s else found


@dataclass(frozen=True, slots=True)
class Asked:
    """An entry with its latest values, of which a query looks at few."""

    entry: Entry
    values: Values

    def target(self, path: Path) -> Json | None:
        """What a query asks of it (4.9)."""
        name = path.names[0]
        row = self.entry.measured.get(name)
        if row is not None and len(path.names) == 1 and not path.members:
            return self.values.value(row)
        return target_in(self._attribute(name), path)

    def entity(self) -> Entity:
        """All of it."""
        entry, found = self.entry, dict(self.entry.attributes)
        observed_us = self.values.observed_us(entry.measured.values())
        if observed_us is not None:
            found["dateObserved"] = _moment(observed_us)
        location = self.values.location(entry)
        if location is not None:
            found["location"] = location
        for name, row in entry.measured.items():
            attribute = self.values.attribute(row)
            if attribute is not None:
                found[name] = attribute
        return Entity(entry.id, entry.type, found)

    def _attribute(self, name: str) -> Attribute | None:
        row = self.entry.measured.get(name)
        if row is not None:
            return self.values.attribute(row)
        if name == "location":
            return self.values.location(self.entry)
        if name == "dateObserved":
            observed_us = self.values.observed_us(self.entry.measured.values())
            return None if observed_us is None else _moment(observed_us)
        return self.entry.attributes.get(name)


def measured(
    datastream: Datastream,
    value: float,
    time_us: int,
    *,
    arrival_us: int | None = None,
    flaws: Sequence[str] = (),
) -> Attribute:
    """An observation as a property: its time, its unit, its quality, and which datastream it is."""
    code = unit_code(datastream.ucum)
    parts = [
        ("quality", Attribute("Property", list(flaws) or GOOD)),
        ("datastream", Attribute("Property", datastream.key)),
    ]
    if datastream.unit and not code:
        parts.append(("unit", Attribute("Property", datastream.unit)))
    return Attribute("Property", value, time_us, arrival_us, code, tuple(parts))


def flaws_of(quality: int) -> tuple[str, ...]:
    """What speaks against an observation, in words."""
    return tuple(str(flag.name).lower() for flag in Quality if quality & flag)


def point(position: Position, observed_us: int | None = None) -> Attribute:
    """A position as a GeoProperty (4.7.1)."""
    lon, lat, height = position
    coordinates: list[Json] = [lon, lat] if math.isnan(height) else [lon, lat, height]
    where: Json = {"type": "Point", "coordinates": coordinates}
    return Attribute("GeoProperty", where, observed_us)


def _moment(us: int) -> Attribute:
    return Attribute("Property", {"@type": "DateTime", "@value": rfc3339(us)})
