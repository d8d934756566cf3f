"""What is inside of the buildings of a scene: storeys and rooms (scene.md, "Buildings")."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import msgspec
import numpy as np

from citiverse_tiling.city import feature_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from citiverse_tiling.city import City, FeatureRecord
    from citiverse_tiling.model import Float64Array, Int64Array
    from citiverse_tiling.report import Report
    from citiverse_tiling.segment import Reach
    from citiverse_tiling.spool import Spool

NAME = "buildings.json"
MOST_BUILDINGS, MOST_STOREYS, MOST_ROOMS = 1_000, 10_000, 50_000
MOST_CORNERS = 256
_BUILDING, _STOREY = "Building", "BuildingStorey"
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
    """Metres in the scene frame; `turn` is where its own y axis points, radians clockwise from
    north. Storeys are sorted by their floors."""

    id: str
    name: str
    box: tuple[Corner, Corner]
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
    above: Mapping[int, int]

    def holder(self, number: int, class_name: str) -> int | None:
        """The nearest object of a class above one, itself too."""
        here, steps = number, 0
        while here >= 0 and steps < _MOST_STEPS:
            if here in self.records and self.records[here].class_name == class_name:
                return here
            here, steps = self.above.get(here, -1), steps + 1
        return None

    def box(self, number: int) -> Float64Array:
        """The corners (2, 3) around what is drawn of an object and its parts, NaN for nothing."""
        (box,) = self.city.boxes(np.array([number]))
        return np.asarray(box)


def buildings_of(city: City, spool: Spool, report: Report) -> Buildings:
    """All buildings of which something is drawn; what is beyond the limits is in the report."""
    rows = np.array([one.object for one in city.insides], np.int64)
    records = dict(zip(rows.tolist(), feature_records(city, spool, rows), strict=True))
    reaches = {one.object: one for one in city.insides}
    known = _Known(city, reaches, records, _above(city, rows))
    held: dict[int, tuple[list[int], list[int]]] = {}
    for number, record in records.items():
        building = known.holder(number, _BUILDING)
        if building is None:
            continue
        storeys, rooms = held.setdefault(building, ([], []))
        if record.class_name == _STOREY:
            storeys.append(number)
        elif record.class_name != _BUILDING:
            rooms.append(number)
    kept, storeys_left, rooms_left = [], MOST_STOREYS, MOST_ROOMS
    for building, (storeys, rooms) in list(held.items())[:MOST_BUILDINGS]:
        if np.isnan(known.box(building)).any() or not len(known.reaches[building].points):
            continue
        kept.append(_building(known, building, storeys[:storeys_left], rooms[:rooms_left]))
        storeys_left = max(storeys_left - len(storeys), 0)
        rooms_left = max(rooms_left - len(rooms), 0)
    unheld = len(records) - sum(len(some) + len(more) + 1 for some, more in held.values())
    listed = sum(len(one.storeys) + len(one.rooms) for one in kept)
    given = sum(len(some) + len(more) for some, more in held.values()) + unheld
    if listed < given:
        report.warn(
            f"{given - listed:,} storeys and rooms stand in no building of which anything is drawn,"
            f" or are beyond {MOST_BUILDINGS:,} buildings, {MOST_STOREYS:,} storeys or"
            f" {MOST_ROOMS:,} rooms; {NAME} leaves them out"
        )
    return Buildings(tuple(kept))


def encode(buildings: Buildings) -> bytes:
    """buildings.json, one building a line."""
    lines = b",\n".join(msgspec.json.encode(one) for one in buildings.buildings)
    return b'{"buildings": [\n' + lines + b"\n]}\n"


def _building(known: _Known, number: int, storeys: Iterable[int], rooms: Iterable[int]) -> Building:
    low, high = known.box(number)
    origin, ahead = known.reaches[number].points[:2]
    east, north, _ = (ahead - origin).tolist()
    return Building(
        known.records[number].id,
        _name(known.records[number]),
        (_corner(low), _corner(high)),
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
    storey = known.holder(number, _STOREY)
    floor = ceiling = 0.0
    if len(reach.points):
        floor = float(reach.points[:, 2].mean())
        ceiling = floor + reach.height_m
    elif storey is not None:
        floor = ceiling = float(known.reaches[storey].points[0, 2])
    outline: list[Point] = [(x, y) for x, y, _ in np.round(reach.points, _MM).tolist()]
    return Room(
        record.id,
        _name(record),
        "" if storey is None else known.records[storey].id,
        tuple(outline),
        round(floor, _MM),
        round(ceiling, _MM),
    )


def _name(record: FeatureRecord) -> str:
    """What people call it, then what plans do: "Living room A102"."""
    called = str(record.attributes.get(_LONG_NAME, "")).strip()
    name = record.name.strip()
    return called if name in ("", called) else f"{called} {name}".strip()


def _above(city: City, numbers: Int64Array) -> dict[int, int]:
    """What some objects, and all above them, are parts of."""
    above: dict[int, int] = {}
    while len(numbers) and len(above) < len(city):
        parents = city.parents(numbers)
        above.update(zip(numbers.tolist(), parents.tolist(), strict=True))
        numbers = np.array(sorted({one for one in parents.tolist() if one >= 0} - above.keys()))
    return above


def _corner(values: Float64Array) -> Corner:
    x, y, z = np.round(values, _MM).tolist()
    return x, y, z
