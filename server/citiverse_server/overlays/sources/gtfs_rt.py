"""Vehicles of public transport, by GTFS Realtime: fetched at an interval, or sent to us.

Each vehicle becomes a moving thing. A trip update tells how late the vehicle of its trip is, where
it or a position names that vehicle.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from ..model import Datastream, Fix, Rejected, Thing
from ..reading import Moved, Observed
from .conditional import Fetched
from .documents import text
from .entering import enter_datastream, enter_thing
from .gtfs_messages import read
from .http_client import HttpClient
from .intake import SourceDown
from .keys import key
from .persistence import persistently
from .unit_codes import SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator

    from ..reading import Arrival
    from .gtfs_messages import Delay, FeedMessage, VehiclePosition
    from .intake import Intake

MAX_TRIPS = 50_000


def arrivals(intake: Intake) -> AsyncGenerator[Arrival, None]:
    """Where all vehicles of a feed are, for ever."""
    fleet, fetched = Fleet(intake), Fetched()

    async def attempt() -> AsyncGenerator[Arrival, None]:
        async with HttpClient(intake.source.url, intake.credentials) as client:
            answer = await fetched.newer(client, intake.source.url)
        if answer is None:
            return
        try:
            # A long one takes seconds, in which others have their turns.
            message = await asyncio.to_thread(read, answer.body)
        except ValueError as error:
            raise SourceDown(f"its answer is no feed of GTFS Realtime ({error})") from None
        for one in fleet.moved(message):
            yield one

    return persistently(intake, attempt)


def told(intake: Intake) -> Callable[[bytes, str], list[Arrival]]:
    """Understands FeedMessages that are sent to us."""
    fleet = Fleet(intake)
    return lambda body, _media_type: [*fleet.moved(read(body))]


class Fleet:
    """The vehicles of a feed, and which of them is on which trip."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._on_trip: dict[str, str] = {}

    def moved(self, message: FeedMessage) -> Iterator[Moved | Observed]:
        """What a FeedMessage says."""
        for _ in range(message.unplaced):
            self._intake.reject(Rejected.NO_VALUE)
        for vehicle in message.vehicles:
            yield from self._place(vehicle)
        for delay in message.delays:
            yield from self._late(delay)

    def _place(self, vehicle: VehiclePosition) -> Iterator[Moved]:
        if not vehicle.time_us:
            self._intake.reject(Rejected.UNKNOWN_TIME)
            return
        known = enter_thing(self._intake, self._thing(vehicle))
        if known is None:
            return
        if vehicle.trip:
            if len(self._on_trip) >= MAX_TRIPS:
                self._on_trip.clear()
            self._on_trip[vehicle.trip] = vehicle.vehicle
        yield Moved(
            known,
            Fix(
                vehicle.time_us,
                vehicle.lon,
                vehicle.lat,
                heading=vehicle.bearing,
                speed=vehicle.speed if vehicle.speed >= 0 else math.nan,
            ),
        )

    def _thing(self, vehicle: VehiclePosition) -> Thing:
        source = self._intake.source
        route, label = text(vehicle.route, 64), text(vehicle.label, 64)
        identifier = text(vehicle.vehicle, 128)
        return Thing(
            key=key(source.name, vehicle.vehicle),
            name=f"Line {route}" if route else f"Vehicle {label or identifier}",
            description=f"Vehicle {label or identifier}",
            moving=True,
            owner=source.thing_defaults.owner,
            licence=source.thing_defaults.licence,
            attribution=source.thing_defaults.attribution,
            reality=source.thing_defaults.reality,
        )

    def _late(self, delay: Delay) -> Iterator[Observed]:
        source = self._intake.source
        vehicle = delay.vehicle or self._on_trip.get(delay.trip, "")
        thing = self._intake.registry.thing(key(source.name, vehicle)) if vehicle else None
        if thing is None:
            # A trip that no vehicle is on yet is no thing in the street.
            self._intake.reject(Rejected.UNKNOWN_THING)
            return
        if not delay.time_us:
            self._intake.reject(Rejected.UNKNOWN_TIME)
            return
        datastream = Datastream(
            key=key(source.name, vehicle, "delay"),
            name=f"Delay, {thing.name}",
            observed_property="delay",
            unit=SECONDS.text,
            feature="",
            stale_after_s=source.first_stale_after_s,
            is_pace_unsaid=source.stale_after_s is None,
            range=None,
            thing=thing.key,
            ucum=SECONDS.ucum,
        )
        if enter_datastream(self._intake, datastream, thing.key):
            yield Observed(datastream.key, delay.seconds, delay.time_us)
