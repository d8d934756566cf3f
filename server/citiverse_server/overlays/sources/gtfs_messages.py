"""GTFS Realtime 2.0 feed messages, read: where vehicles are, and how late their trips.

Implements a subset: of VehiclePosition the position, time, vehicle and route; of TripUpdate its
delay, or that at the first stop which says one. Alerts are passed by.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .protobuf import Value, fields, float_of, inside, last, text_of, whole_of

MAX_ENTITIES = 50_000
SECOND_US = 1_000_000

HEADER, ENTITY = 1, 2
ENTITY_ID, DELETED, TRIP_UPDATE, VEHICLE = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class VehiclePosition:
    """Degrees, degrees from north, m/s; NaN where nobody says. `time_us` is 0 then."""

    vehicle: str
    label: str
    route: str
    trip: str
    lon: float
    lat: float
    bearing: float
    speed: float
    time_us: int


@dataclass(frozen=True, slots=True)
class Delay:
    """Seconds behind the timetable, below 0 where early; `vehicle` is "" where nobody says."""

    vehicle: str
    trip: str
    seconds: float
    time_us: int


@dataclass(frozen=True, slots=True)
class FeedMessage:
    """`unplaced` counts vehicles of which it isn't said where they are."""

    vehicles: tuple[VehiclePosition, ...]
    delays: tuple[Delay, ...]
    unplaced: int


def read(message: bytes) -> FeedMessage:
    """A FeedMessage. Raises `ValueError` where it is none."""
    header, entities = _parts(message)
    time_us = _time(last(header), 3)
    vehicles: list[VehiclePosition] = []
    delays: list[Delay] = []
    unplaced = 0
    for value in entities:
        entity = last(value)
        if entity.get(DELETED):
            continue
        if VEHICLE in entity:
            found = _vehicle(inside(entity, VEHICLE), text_of(entity, ENTITY_ID), time_us)
            if found is None:
                unplaced += 1
            else:
                vehicles.append(found)
        if TRIP_UPDATE in entity:
            delay = _delay(entity, time_us)
            if delay is not None:
                delays.append(delay)
    return FeedMessage(tuple(vehicles), tuple(delays), unplaced)


def _parts(message: bytes) -> tuple[bytes, list[bytes]]:
    """Its header, and its entities."""
    header, entities = b"", []
    for number, _, value in fields(message):
        if number == HEADER and isinstance(value, bytes):
            header = value
        elif number == ENTITY and isinstance(value, bytes):
            entities.append(value)
        if len(entities) > MAX_ENTITIES:
            raise ValueError(f"a feed of GTFS Realtime has more than {MAX_ENTITIES} entities")
    return header, entities


def _vehicle(found: dict[int, Value], entity_id: str, feed_us: int) -> VehiclePosition | None:
    trip, position, vehicle = inside(found, 1), inside(found, 2), inside(found, 8)
    lat, lon = float_of(position, 1), float_of(position, 2)
    if lat is None or lon is None or not (abs(lat) <= 90 and abs(lon) <= 180):
        return None
    # 0, 0 lies in the sea off Africa: there a receiver without a fix says that it is.
    if lat == 0 and lon == 0:
        return None
    return VehiclePosition(
        vehicle=text_of(vehicle, 1) or entity_id,
        label=text_of(vehicle, 2),
        route=text_of(trip, 5),
        trip=text_of(trip, 1),
        lon=lon,
        lat=lat,
        bearing=_or_nan(float_of(position, 3)),
        speed=_or_nan(float_of(position, 5)),
        time_us=_time(found, 5) or feed_us,
    )


def _delay(entity: dict[int, Value], feed_us: int) -> Delay | None:
    update = entity[TRIP_UPDATE]
    if not isinstance(update, bytes):
        return None
    found = last(update)
    seconds = whole_of(found, 5)
    if seconds is None:
        seconds = next((late for late in _delays_at_stops(update) if late is not None), None)
    if seconds is None:
        return None
    trip, vehicle = inside(found, 1), inside(found, 3)
    time_us = _time(found, 4) or feed_us
    return Delay(text_of(vehicle, 1), text_of(trip, 1), float(seconds), time_us)


def _delays_at_stops(update: bytes) -> list[int | None]:
    """At each stop in turn: that of the arrival, else of the departure."""
    found = []
    for number, _, value in fields(update):
        if number == 2 and isinstance(value, bytes):
            stop = last(value)
            arrival, departure = whole_of(inside(stop, 2), 1), whole_of(inside(stop, 3), 1)
            found.append(departure if arrival is None else arrival)
    return found


def _time(found: dict[int, Value], number: int) -> int:
    return (whole_of(found, number) or 0) * SECOND_US


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
