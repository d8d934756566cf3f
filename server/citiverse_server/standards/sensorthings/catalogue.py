"""All entities but Observations as linked tables, made anew when the registry has changed."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from . import entities
from .columns import Column, column, times
from .entities import Feature, Place, Properties
from .problems import QueryError, unsupported
from .spatial import points
from .tables import Links, Rows
from .vocabulary import BY_NAME, IDS, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from ...overlays.model import Datastream, Thing
    from ...overlays.registry import Registry
    from .vocabulary import EntityType


MAX_COLUMNS = 32


class EntityTable:
    """Entities of one type by row; what a question has asked about once is kept in columns."""

    def __init__(
        self,
        kind: EntityType,
        keys: Sequence[str],
        entity: Callable[[int, str], Properties],
        changing: frozenset[str] = frozenset(),
        listed: int | None = None,
    ) -> None:
        """`entity` says what one is, by row and root; `changing` properties are never kept.

        The set has the first `listed`, by default all; the others are found by links and keys.
        """
        self.type = kind
        self.listed = len(keys) if listed is None else listed
        self.keys = keys
        self.entity = entity
        self._rows = {key: row for row, key in enumerate(keys)}
        self._links: dict[str, Links] = {}
        self._columns: dict[tuple[str, ...], Column] = {}
        self._values: dict[str, list[object]] = {}
        self._changing = changing

    @property
    def size(self) -> int:
        """How many entities there are."""
        return len(self.keys)

    def row(self, key: str) -> int | None:
        """The row of an identity."""
        return self._rows.get(key)

    def links(self, name: str) -> Links:
        """Where a link leads. Raises `QueryError` where that is Observations."""
        found = self._links.get(name)
        if found is None:
            raise unsupported(f"A question about {self.type.set_name} can't follow {name}.")
        return found

    def link(self, name: str, links: Links) -> None:
        """Sets where a link leads."""
        self._links[name] = links

    def linked(self, name: str, links: Links) -> EntityTable:
        """The same table with another way along a link."""
        other = copy(self)
        other._links = {**self._links, name: links}
        return other

    def column(self, path: tuple[str, ...]) -> Column:
        """A property of all, or what is inside of it. Raises `QueryError`."""
        if path[0] in self._changing:
            return self._made(path)
        made = self._columns.pop(path, None) or self._made(path)
        self._columns[path] = made
        if len(self._columns) > MAX_COLUMNS:
            # Whoever asks names what is inside of a property, and may think of ever new names.
            del self._columns[next(iter(self._columns))]
        return made

    def _made(self, path: tuple[str, ...]) -> Column:
        if path[0] in IDS and len(path) == 1:
            return column(Type.TEXT, self.keys)
        kind = self.type.properties.get(path[0])
        if kind is None:
            raise QueryError(f"{self.type.set_name} have no property {path[0][:40]!r}.")
        values = [inside(value, path[1:]) for value in self._all(path[0])]
        if kind is Type.SHAPE and len(path) == 1:
            return _shapes(values)
        if kind is Type.TIME:
            return times([value if isinstance(value, str) else None for value in values])
        return column(kind if len(path) == 1 else Type.JSON, values)

    def _all(self, name: str) -> list[object]:
        """A property of all, as it is told."""
        values = self._values.get(name)
        if values is None:
            values = [self.entity(row, "").get(name) for row in range(self.size)]
            if name not in self._changing:
                self._values[name] = values
        return values


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The tables by entity type, and for each of its datastreams the row in the store."""

    tables: Mapping[str, EntityTable]
    stored: Rows
    features: Rows
    """The row of each datastream's FeatureOfInterest (n,)."""

    def observed_by(self, kind: str, row: int) -> Rows:
        """The Datastreams whose Observations are those of a Datastream or a FeatureOfInterest."""
        if kind == "Datastream":
            return np.array([row], dtype=np.intp)
        return np.flatnonzero(self.features == row)

    def streams_of(self, stored: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """The rows of datastreams by their rows in the store."""
        order = np.argsort(self.stored)
        found = order[np.searchsorted(self.stored, stored, sorter=order)]
        return found.astype(np.uint32)


def inside(value: object, path: tuple[str, ...]) -> object:
    """What a JSON value has at a path, or None."""
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def catalogue(
    registry: Registry,
    place_of: Callable[[str], Place | None],
    scenes_of: Callable[[str], tuple[str, ...]],
) -> Catalogue:
    """All that the registry knows; `place_of` and `scenes_of` take the key of a thing."""
    things = list(registry.things.values())
    stored = list(registry.datastreams)
    streams = list(registry.datastreams.values())
    row_of = {thing.key: row for row, thing in enumerate(things)}
    owners = [row_of[one.thing] for one in streams]
    placed = [row for row, thing in enumerate(things) if place_of(thing.key) is not None]
    moving = [row for row in placed if things[row].moving]
    sensing = sorted(set(owners))
    names = list(dict.fromkeys(one.observed_property for one in streams))
    defining = _defining(streams)
    targets = [_target(thing) for thing in things]
    aims = list(dict.fromkeys(targets[owner] for owner in owners))
    first = {target: row for row, target in reversed(list(enumerate(targets)))}

    def where(row: int) -> Place | None:
        return place_of(things[row].key)

    def feature(row: int) -> Feature:
        thing = things[first[aims[row]]]
        scenes = scenes_of(thing.key) if thing.feature else ()
        return Feature(aims[row], thing.feature, thing, scenes, place_of(thing.key))

    thing_keys = [thing.key for thing in things]
    tables = {
        "Thing": _table("Thing", thing_keys, lambda row, _: entities.thing(things[row])),
        "Location": _table(
            "Location",
            [thing_keys[row] for row in placed],
            lambda row, _: entities.location(things[placed[row]], where(placed[row])),
            *(("location",) if moving else ()),
        ),
        "HistoricalLocation": _table(
            "HistoricalLocation",
            [thing_keys[row] for row in moving],
            lambda row, _: entities.historical_location(where(moving[row])),
            "time",
        ),
        "Sensor": _table(
            "Sensor",
            [thing_keys[row] for row in sensing],
            lambda row, root: entities.sensor(things[sensing[row]], root),
        ),
        "ObservedProperty": _table(
            "ObservedProperty",
            names,
            lambda row, root: entities.observed_property(defining[names[row]], root, names[row]),
        ),
        "Datastream": _table(
            "Datastream",
            [one.key for one in streams],
            lambda row, _: entities.datastream(
                streams[row], things[owners[row]], where(owners[row])
            ),
        ),
        "FeatureOfInterest": _table(
            "FeatureOfInterest",
            aims,
            lambda row, root: entities.feature_of_interest(feature(row), root),
            *(("feature",) if moving else ()),
        ),
    }
    _join(tables, "Thing", "Datastreams", "Datastream", "Thing", owners)
    _join(tables, "Sensor", "Datastreams", "Datastream", "Sensor", _found(sensing, owners))
    rows = {name: row for row, name in enumerate(names)}
    properties = [rows[one.observed_property] for one in streams]
    _join(tables, "ObservedProperty", "Datastreams", "Datastream", "ObservedProperty", properties)
    _join(tables, "Thing", "Locations", "Location", "Things", placed)
    _join(tables, "Thing", "HistoricalLocations", "HistoricalLocation", "Thing", moving)
    _join(
        tables, "Location", "HistoricalLocations", "HistoricalLocation", "Locations",
        _found(placed, moving),
    )  # fmt: skip
    aim = {target: row for row, target in enumerate(aims)}
    observed = np.array([aim[targets[owner]] for owner in owners], dtype=np.intp)
    return Catalogue(tables, np.array(stored, dtype=np.intp), observed)


def _table(
    name: str, keys: list[str], entity: Callable[[int, str], Properties], *changing: str
) -> EntityTable:
    return EntityTable(BY_NAME[name], keys, entity, frozenset(changing))


def _join(
    tables: Mapping[str, EntityTable],
    one: str,
    many_name: str,
    many: str,
    one_name: str,
    owners: Sequence[int],
) -> None:
    """Links each row of `many` to its one owner, and back."""
    rows = np.array(owners, dtype=np.intp)
    tables[one].link(many_name, Links.to_many(rows, tables[one].size))
    tables[many].link(one_name, Links.to_one(rows))


def _found(rows: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """At which place among `rows` each of `wanted` stands."""
    places = {row: place for place, row in enumerate(rows)}
    return [places[one] for one in wanted]


def _defining(streams: Sequence[Datastream]) -> dict[str, Datastream]:
    """For each observed property the first datastream that defines it, else the first."""
    found: dict[str, Datastream] = {}
    for one in streams:
        former = found.get(one.observed_property)
        if former is None or (one.definition and not former.definition):
            found[one.observed_property] = one
    return found


def _target(thing: Thing) -> str:
    """The identity of what a thing is about: a CityObject's own, else that of the thing."""
    return thing.feature or f"thing:{thing.key}"


def _shapes(values: Sequence[object]) -> Column:
    places = [inside(value, ("coordinates",)) for value in values]
    kept = np.array(
        [one[:2] if isinstance(one, list) else (np.nan, np.nan) for one in places]
    ).reshape(-1, 2)
    return points(kept[:, 0], kept[:, 1])
