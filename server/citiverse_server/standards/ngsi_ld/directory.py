"""Which entities there are: a thing is one, and so is each CityObject on which things hang.

What changes only with the registry is worked out once for each of its revisions; what is observed
is added when an entity is asked for (`latest`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from .entity import Attribute
from .models import BUILDING, attribute_of, type_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from ...features import Feature
    from ...overlays.model import Datastream, Thing

URN = "urn:ngsi-ld:"
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
    moves: bool = False

    @property
    def is_thing(self) -> bool:
        """Whether it is a thing, and not what bears some."""
        return not self.bears

    def has(self, name: str) -> bool:
        """Whether it has such an attribute, or will as soon as something is observed."""
        if name == "location":
            return self.moves or self.position is not None
        if name == "dateObserved":
            return bool(self.measured)
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
            found[entry.type] |= {one for one in ("location", "dateObserved") if entry.has(one)}
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


def urn(kind: str, key: str) -> str:
    """`urn:ngsi-ld:<Type>:<key>` (A.3); what a URN can't hold stands in percent signs."""
    return f"{URN}{kind}:{quote(key, safe='/:@!$&()*+,;=~._-')}"


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
        moves=thing.moving,
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
