"""What is inside of the buildings of a scene: storeys and rooms (scene.md, "Buildings")."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import msgspec
import numpy as np

from citiverse_tiling.city import feature_records
from citiverse_tiling.errors import SceneError
from citiverse_tiling.tree.nested import Groups

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from citiverse_tiling.city import City, FeatureRecord
    from citiverse_tiling.model import Float64Array, Int64Array, Rows
    from citiverse_tiling.report import Report
    from citiverse_tiling.segment import Reach
    from citiverse_tiling.spool import Spool

NAME = "buildings.json"
MOST_BUILDINGS, MOST_STOREYS, MOST_ROOMS = 1_000, 10_000, 50_000
MOST_CORNERS = 256
_BUILDING, _STOREY, _ROOM = "Building", "BuildingStorey", "Space"
_LONG_NAME = "longName"
_SAME_FLOOR_M = 0.01
_MOST_STEPS = 64
_MM = 3

Point: TypeAlias = tuple[float, float]
Corner: TypeAlias = tuple[float, float, float]


class Storey(msgspec.Struct, frozen=True):
    """Heights are z of the scene frame; `id` is the identity of the feature."""

    id: str
    name: str
    floor: float
    ceiling: float


class Room(msgspec.Struct, frozen=True):
    """`outline` goes counter-clockwise, and is empty where it isn't known; `storey` is an identity,
    or "" where it is in none."""

    id: str
    name: str
    storey: str
    outline: tuple[Point, ...]
    floor: float
    ceiling: float


class Building(msgspec.Struct, frozen=True):
    """Metres in the scene frame; `floor` is the height of its own origin, which is its ground
    floor's, and `turn` where its own y axis points, radians clockwise from north. Storeys are
    sorted by their floors."""

    id: str
    name: str
    box: tuple[Corner, Corner]
    floor: float
    turn: float
    storeys: tuple[Storey, ...]
    rooms: tuple[Room, ...]


class Buildings(msgspec.Struct, frozen=True):
    """buildings.json."""

    buildings: tuple[Building, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """What there is to say of insides, by the number of the object in the city."""

    city: City
    reaches: Mapping[int, Reach]
    records: Mapping[int, FeatureRecord]

    def box(self, number: int) -> Float64Array:
        """The corners (2, 3) around what is drawn of an object and its parts, NaN for nothing."""
        (box,) = self.city.boxes(np.array([number]))
        return np.asarray(box)


def groups_of(city: City, objects: Rows) -> Groups:
    """The building and the storey that each of some objects is in, −1 where it is in none."""
    return Groups(_nearest(city, objects, _BUILDING), _nearest(city, objects, _STOREY))


def buildings_of(city: City, spool: Spool, report: Report) -> tuple[Building, ...]:
    """All buildings of which something is drawn; what is beyond the limits is in the report."""
    rows = np.array([one.object for one in city.insides], np.int64)
    records = dict(zip(rows.tolist(), feature_records(city, spool, rows), strict=True))
    known = _Known(city, {one.object: one for one in city.insides}, records)
    groups = groups_of(city, rows)
    storeys = _by_building(city, groups, _STOREY)
    rooms = _by_building(city, groups, _ROOM)
    found, storeys_left, rooms_left = [], MOST_STOREYS, MOST_ROOMS
    standing = [one.object for one in city.insides if one.class_name == _BUILDING]
    for number in standing[:MOST_BUILDINGS]:
        if not np.isnan(known.box(number)).any():
            within = storeys[number][:storeys_left], rooms[number][:rooms_left]
            storeys_left, rooms_left = storeys_left - len(within[0]), rooms_left - len(within[1])
            found.append(_building(known, number, *within))
    unlisted = len(rows) - len(found) - MOST_STOREYS + storeys_left - MOST_ROOMS + rooms_left
    if unlisted:
        report.warn(
            f"{unlisted:,} buildings, storeys and rooms aren't in {NAME}: nothing is drawn of their"
            f" building, or there are more than {MOST_BUILDINGS:,}, {MOST_STOREYS:,} and"
            f" {MOST_ROOMS:,}"
        )
    return tuple(found)


def encode(buildings: Iterable[Building]) -> bytes:
    """buildings.json, one building a line."""
    lines = b",\n".join(msgspec.json.encode(one) for one in buildings)
    return b'{"buildings": [\n' + lines + b"\n]}\n"


def read_buildings(scene: Path) -> tuple[Building, ...]:
    """Those of a scene folder that has the file. Raises SceneError."""
    path = scene / NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=Buildings).buildings
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SceneError(f"it can't be read ({error})", path) from error


def _building(known: _Known, number: int, storeys: Iterable[int], rooms: Iterable[int]) -> Building:
    low, high = known.box(number)
    origin, ahead = known.reaches[number].points[:2]
    east, north, _ = (ahead - origin).tolist()
    return Building(
        known.records[number].id,
        _name(known.records[number]),
        (_corner(low), _corner(high)),
        round(float(origin[2]), _MM),
        round(math.atan2(east, north), 6),
        _storeys(known, storeys, float(high[2])),
        tuple(_room(known, one) for one in rooms),
    )


def _storeys(known: _Known, numbers: Iterable[int], top: float) -> tuple[Storey, ...]:
    """Storeys by height, each up to the floor of the next; the topmost up to what is in it."""
    floors = {number: float(known.reaches[number].points[0, 2]) for number in numbers}
    levels = sorted(set(floors.values()))
    found = []
    for number, floor in sorted(floors.items(), key=lambda item: (item[1], item[0])):
        ceiling = next((one for one in levels if one > floor + _SAME_FLOOR_M), None)
        if ceiling is None:
            own = float(known.box(number)[1, 2])
            ceiling = max(floor, top if math.isnan(own) else own)
        record = known.records[number]
        name = record.name or _name(record)
        found.append(Storey(record.id, name, round(floor, _MM), round(ceiling, _MM)))
    return tuple(found)


def _room(known: _Known, number: int) -> Room:
    reach, record = known.reaches[number], known.records[number]
    (storey,) = _nearest(known.city, np.array([number]), _STOREY).tolist()
    floor = ceiling = 0.0
    if len(reach.points):
        floor = float(reach.points[:, 2].mean())
        ceiling = floor + reach.height_m
    elif storey >= 0:
        floor = ceiling = float(known.reaches[storey].points[0, 2])
    outline: list[Point] = [(x, y) for x, y, _ in np.round(reach.points, _MM).tolist()]
    return Room(
        record.id,
        _name(record),
        "" if storey < 0 else known.records[storey].id,
        tuple(outline),
        round(floor, _MM),
        round(ceiling, _MM),
    )


def _name(record: FeatureRecord) -> str:
    """What people call it, then what plans do: "Living room A102"."""
    called = str(record.attributes.get(_LONG_NAME, "")).strip()
    name = record.name.strip()
    return called if name in ("", called) else f"{called} {name}".strip()


def _nearest(city: City, objects: Rows, class_name: str) -> Int64Array:
    """The nearest object of a class that each of some is a part of or is itself, −1 for none."""
    wanted = np.array([one.object for one in city.insides if one.class_name == class_name], int)
    here = np.asarray(objects, np.int64)
    found = np.full(len(here), -1)
    for _ in range(_MOST_STEPS):
        is_it = (found < 0) & np.isin(here, wanted)
        found[is_it] = here[is_it]
        onwards = (found < 0) & (here >= 0)
        if not onwards.any():
            break
        here = np.where(onwards, here, -1)
        here[onwards] = city.parents(here[onwards])
    return found


def _by_building(city: City, groups: Groups, class_name: str) -> defaultdict[int, list[int]]:
    """The insides of a class that are in each building, in their order."""
    held: defaultdict[int, list[int]] = defaultdict(list)
    for one, building in zip(city.insides, groups.buildings.tolist(), strict=True):
        if one.class_name == class_name:
            held[building].append(one.object)
    return held


def _corner(values: Float64Array) -> Corner:
    x, y, z = np.round(values, _MM).tolist()
    return x, y, z
