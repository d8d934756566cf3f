"""Vehicles of GTFS Realtime move; what is cut or no feed at all harms nobody."""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING

import pytest
from google.transit import gtfs_realtime_pb2
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.overlays.model import Rejected
from citiverse_server.overlays.reading import Moved, Observed
from citiverse_server.overlays.sources import gtfs_rt
from citiverse_server.overlays.sources.gtfs_messages import read
from server.answering import Answered, answering
from server.sources.taking import Taking, first

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


@pytest.fixture
def recorded(data: Path) -> Path:
    return data / "sensors-gtfs-rt"


async def test_recorded_vehicles_become_moving_things(recorded: Path) -> None:
    body = (recorded / "vehicle_positions.pb").read_bytes()
    taking = Taking()
    with answering(lambda _: Answered(body)) as place:
        found = await first(gtfs_rt.arrivals(taking.intake("gtfs-rt", place.url)), 3)
    tram, _, unknown = found
    assert isinstance(tram, Moved)
    assert isinstance(unknown, Moved)
    assert tram.thing.startswith("city.V-15-1-")
    assert (tram.fix.lon, tram.fix.lat) == pytest.approx((21.0122, 52.2297), abs=1e-4)
    assert (tram.fix.heading, tram.fix.speed) == pytest.approx((90.0, 8.5))
    thing = taking.registry.thing(tram.thing)
    assert thing is not None
    assert thing.moving
    assert thing.name == "Line 15"
    # Who says no time was there when the feed was made.
    assert unknown.fix.time_us > tram.fix.time_us
    assert math.isnan(unknown.fix.speed)
    assert taking.rejected == {Rejected.NO_VALUE: 1}


def test_a_trip_is_late_where_a_vehicle_is_on_it(recorded: Path) -> None:
    taking = Taking()
    understand = gtfs_rt.told(taking.intake("gtfs-rt"))
    understand((recorded / "vehicle_positions.pb").read_bytes(), "")
    found = understand((recorded / "trip_updates.pb").read_bytes(), "")
    assert [one.value for one in found if isinstance(one, Observed)] == [60.0, 300.0]
    assert taking.rejected[Rejected.UNKNOWN_THING] == 1


def test_alerts_are_passed_by(recorded: Path) -> None:
    assert not read((recorded / "alerts.pb").read_bytes()).vehicles


@pytest.mark.parametrize("name", ["vehicle_positions.pb", "trip_updates.pb", "alerts.pb"])
def test_we_read_what_the_reference_bindings_read(recorded: Path, name: str) -> None:
    body = (recorded / name).read_bytes()
    feed = gtfs_realtime_pb2.FeedMessage.FromString(body)
    ours = read(body)
    theirs = [
        (e.vehicle.vehicle.id or e.id, e.vehicle.position.latitude, e.vehicle.position.longitude)
        for e in feed.entity
        if e.HasField("vehicle") and e.vehicle.HasField("position")
    ]
    assert [(one.vehicle, one.lat, one.lon) for one in ours.vehicles] == theirs


@given(
    st.lists(
        st.tuples(
            st.text(min_size=1, max_size=8),
            st.floats(-90, 90, width=32).filter(bool),
            st.floats(-180, 180, width=32).filter(bool),
            st.none() | st.integers(1, 2**40),
            st.none() | st.floats(0, 100, width=32),
        ),
        max_size=5,
    )
)
def test_what_the_reference_bindings_write_we_read(
    vehicles: list[tuple[str, float, float, int | None, float | None]],
) -> None:
    feed = gtfs_realtime_pb2.FeedMessage()
    feed.header.gtfs_realtime_version = "2.0"
    feed.header.timestamp = 1_700_000_000
    for number, (name, lat, lon, time, speed) in enumerate(vehicles):
        entity = feed.entity.add(id=str(number))
        entity.vehicle.vehicle.id = name
        entity.vehicle.position.latitude = lat
        entity.vehicle.position.longitude = lon
        if time is not None:
            entity.vehicle.timestamp = time
        if speed is not None:
            entity.vehicle.position.speed = speed
    found = read(feed.SerializeToString())
    assert [
        (one.vehicle, one.lat, one.lon, one.time_us, None if math.isnan(one.speed) else one.speed)
        for one in found.vehicles
    ] == [
        (name, lat, lon, (time or 1_700_000_000) * 1_000_000, speed)
        for name, lat, lon, time, speed in vehicles
    ]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(ValueError):
        read(body)


def test_of_a_cut_feed_nothing_wrong_is_read(recorded: Path) -> None:
    body = (recorded / "vehicle_positions.pb").read_bytes()
    names = [one.vehicle for one in read(body).vehicles]
    for end in range(len(body)):
        with contextlib.suppress(ValueError):
            found = [one.vehicle for one in read(body[:end]).vehicles]
            assert found == names[: len(found)]
