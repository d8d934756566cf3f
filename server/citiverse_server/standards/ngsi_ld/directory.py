"""Which entities there are: a thing is one, and so is each CityObject on which things hang.

What changes only with the registry is worked out once for each of its revisions; what is observed
is added from columns of latest values when an entity is asked for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from ...overlays.instants import rfc3339
from ...overlays.model import Quality
from .entity import Attribute, Entity, target_in
from .models import BUILDING, attribute_of, type_of, unit_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from ...features import Feature
    from ...overlays.model import Batch, Datastream, Thing
    from .entity import Json
    from .query import Path

URN = "urn:ngsi-ld:"
GOOD = "good"
STALE = "stale"
QUALITIES = (*(str(flag.name).lower() for flag in Quality), STALE)
"""All that can speak against a value."""
Position = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entity but for what it observes; `measured` leads from attributes to rows.

    `things` are the keys of the thing that it is, or of those that it bears. `position` in degrees
    and metres above the ellipsoid, or None.
    """

    id: str
    type: str
    attributes: Mapping[str, Attribute]
    measured: Mapping[str, int]
    things: tuple[str, ...]
    position: Position | None
    bears: bool = False

    @property
    def is_thing(self) -> bool:
        """Whether it is a thing, and not what bears some."""
        return not self.bears

    def has(self, name: str) -> bool:
        """Whether it has such an attribute, or will as soon as something is observed."""
        return name in self.attributes or name in self.measured


@dataclass(frozen=True, slots=True)
class Sight:
    """What the directory is made of: where each thing stands, and what things hang on.

    `positions` by thing, `features` by identity, `bearers`: the features of each thing, `scenes`:
    the scene of each feature.
    """

    things: Mapping[str, Thing]
    datastreams: Mapping[int, Datastream]
    positions: Mapping[str, Position] = field(default_factory=dict)
    features: Mapping[str, Feature] = field(default_factory=dict)
    bearers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scenes: Mapping[str, str] = field(default_factory=dict)


class Directory:
    """All entities of one revision of the registry, things first, in the order they came."""

    def __init__(self, sight: Sight) -> None:
        self.datastreams = sight.datastreams
        self.entries: tuple[Entry, ...] = tuple(_entries(sight))
        self.by_id = {entry.id: entry for entry in self.entries}
        self.by_thing = {entry.things[0]: entry for entry in self.entries if entry.is_thing}
        self.bearers = {
            key: tuple((sight.scenes[one], one) for one in identities if one in sight.scenes)
            for key, identities in sight.bearers.items()
        }

    def __len__(self) -> int:
        return len(self.entries)

    @cached_property
    def types(self) -> dict[str, tuple[str, ...]]:
        """The names of attributes of each type, both in alphabetical order."""
        found: dict[str, set[str]] = {}
        for entry in self.entries:
            found.setdefault(entry.type, set()).update(entry.attributes, entry.measured)
        return {name: tuple(sorted(found[name])) for name in sorted(found)}

    @cached_property
    def by_row(self) -> dict[int, tuple[Entry, str]]:
        """The entity and the attribute of each datastream."""
        return {
            row: (entry, name) for entry in self.entries for name, row in entry.measured.items()
        }

    @cached_property
    def rows(self) -> NDArray[np.uint32]:
        """The rows of all datastreams, ascending."""
        return np.array(sorted(self.datastreams), dtype=np.uint32)


class Values:
    """The latest observation of each row, for one answer; `now_us` tells what is stale."""

    def __init__(self, directory: Directory, latest: Batch, now_us: int) -> None:
        self._datastreams = directory.datastreams
        self._latest = latest
        self._now_us = now_us
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
        for name, row in entry.measured.items():
            attribute = self.values.attribute(row)
            if attribute is not None:
                found[name] = attribute
        return Entity(entry.id, entry.type, found)

    def _attribute(self, name: str) -> Attribute | None:
        row = self.entry.measured.get(name)
        if row is not None:
            return self.values.attribute(row)
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


def urn(kind: str, key: str) -> str:
    """`urn:ngsi-ld:<Type>:<key>` (A.3); what a URN can't hold stands in percent signs."""
    return f"{URN}{kind}:{quote(key, safe='/:@!$&()*+,;=~._-')}"


def point(position: Position) -> Attribute:
    """A position as a GeoProperty (4.7.1)."""
    lon, lat, height = position
    coordinates: list[Json] = [lon, lat] if math.isnan(height) else [lon, lat, height]
    return Attribute("GeoProperty", {"type": "Point", "coordinates": coordinates})


def _moment(us: int) -> Attribute:
    return Attribute("Property", {"@type": "DateTime", "@value": rfc3339(us)})


def _entries(sight: Sight) -> Iterator[Entry]:
    rows: dict[str, list[int]] = {}
    for row, datastream in sight.datastreams.items():
        rows.setdefault(datastream.thing, []).append(row)
    ids: dict[str, str] = {}
    for key, thing in sight.things.items():
        mine = {row: sight.datastreams[row] for row in rows.get(key, ())}
        entry = _of_thing(thing, mine, sight)
        ids[key] = entry.id
        yield entry
    yield from _of_features(sight, ids)


def _of_thing(thing: Thing, datastreams: Mapping[int, Datastream], sight: Sight) -> Entry:
    kind = type_of(one.observed_property for one in datastreams.values())
    foreign = next((alias for alias in thing.aliases if alias.startswith(URN)), "")
    if foreign:
        # It came from an NGSI-LD platform, which has named and typed it.
        kind = foreign.removeprefix(URN).partition(":")[0] or kind
    attributes = {
        name: Attribute("Property", said)
        for name, said in (
            ("name", thing.name),
            ("description", thing.description),
            ("dataProvider", thing.attribution),
            ("license", thing.licence),
            ("owner", thing.owner),
            ("reality", thing.reality),
            ("status", thing.status),
        )
        if said
    }
    others = [alias for alias in thing.aliases if alias != foreign]
    if others:
        attributes["alternateName"] = Attribute("Property", others)
    position = sight.positions.get(thing.key)
    if position is not None:
        attributes["location"] = point(position)
    bearers = [
        _feature_id(found)
        for identity in sight.bearers.get(thing.key, ())
        if (found := sight.features.get(identity)) is not None
    ]
    if bearers:
        attributes["refPointOfInterest"] = _link(bearers)
    return Entry(
        id=foreign or urn(kind, thing.key),
        type=kind,
        attributes=attributes,
        measured=_named(datastreams),
        things=(thing.key,),
        position=position,
    )


def _named(datastreams: Mapping[int, Datastream]) -> dict[str, int]:
    """Attributes and their rows; where two datastreams observe the same, the second has its key."""
    found: dict[str, int] = {}
    for row, datastream in datastreams.items():
        name = attribute_of(datastream.observed_property)
        if name in found or name in RESERVED:
            name = attribute_of(datastream.key)
        if name in found or name in RESERVED:
            name = f"datastream{row}"
        found[name] = row
    return found


RESERVED = frozenset(
    {
        "id",
        "type",
        "scope",
        "name",
        "description",
        "dataProvider",
        "license",
        "owner",
        "reality",
        "status",
        "alternateName",
        "location",
        "refPointOfInterest",
        "dateObserved",
    }
)
"""What a datastream's attribute can't be called."""


def _of_features(sight: Sight, ids: Mapping[str, str]) -> Iterator[Entry]:
    borne: dict[str, list[str]] = {}
    for key, identities in sight.bearers.items():
        for identity in identities:
            borne.setdefault(identity, []).append(key)
    for identity, keys in borne.items():
        feature = sight.features.get(identity)
        if feature is None:
            continue
        attributes = {
            name: Attribute("Property", said)
            for name, said in (("name", feature.name), ("reality", feature.reality))
            if said
        }
        if feature.address:
            address = {"type": "PostalAddress", "streetAddress": feature.address}
            attributes["address"] = Attribute("Property", address)
        position = None
        if feature.lon is not None and feature.lat is not None:
            position = (feature.lon, feature.lat, math.nan)
            attributes["location"] = point(position)
        attributes["refDevice"] = _link([ids[key] for key in keys])
        yield Entry(
            id=_feature_id(feature),
            type=_feature_type(feature),
            attributes=attributes,
            measured={},
            things=tuple(keys),
            position=position,
            bears=True,
        )


def _link(ids: Sequence[str]) -> Attribute:
    return Attribute("Relationship", ids[0] if len(ids) == 1 else list(ids))


def _feature_id(feature: Feature) -> str:
    return urn(_feature_type(feature), feature.id)


def _feature_type(feature: Feature) -> str:
    """Building for buildings and their parts; else the class of CityGML, such as Road."""
    return BUILDING if feature.class_.startswith(BUILDING) else feature.class_ or "CityObject"
