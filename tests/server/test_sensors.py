"""What arrives becomes observations, hangs on its building, and is told with the next tick."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar, cast

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server import protocol
from citiverse_server.library import Library
from citiverse_server.overlays.binding import bind
from citiverse_server.overlays.latest import SHARED_US, LatestValues
from citiverse_server.overlays.model import Batch, Datastream, Fix, Observation, Rejected, Thing
from citiverse_server.overlays.reading import Moved, Observed, Reading
from citiverse_server.sensors import MOST_GATHERED, Sensors
from server.scenes import FEATURE, SceneOptions, write_scene
from server.sensor_files import sensor_file

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_server.observations.store import ObservationStore

NOW_US = 1_795_000_000_000_000


def sensors_in(scenes: Library, *streams: dict[str, object]) -> Sensors:
    """Sensors of a file, bound to all scenes."""
    sensors = Sensors(sensor_file(*streams))
    for name in scenes:
        sensors.bind(name, bind(scenes[name], sensors.registry.things.values()))
    return sensors


def test_datastreams_hang_on_their_building_and_the_rest_is_everywhere(scene: Path) -> None:
    sensors = sensors_in(
        Library((scene,), 1 << 20),
        {"key": "air", "feature": FEATURE, "topic": "x"},
        {"key": "lost", "feature": "town/gone", "topic": "y"},
        {"key": "tide", "topic": "z"},
    )
    announced = decoded(sensors.latest["town"].announcement, protocol.Datastreams).datastreams
    assert [(entry.id, entry.key, entry.position) for entry in announced] == [
        (0, "air", (5.0, 5.0, 18.0)),
        (1, "tide", None),
    ]
    for topic in ("x", "y", "z", "unknown"):
        sensors.receive(Reading(topic, b"1.5"), NOW_US)
    sensors.receive(Reading("x", b"oops"), NOW_US)
    sensors.advance(NOW_US)
    assert sensors.ledger.observations == 3
    assert sensors.ledger.rejected == {
        ("mqtt", Rejected.UNKNOWN_TOPIC): 1,
        ("mqtt", Rejected.UNREADABLE): 1,
    }
    assert sensors.mapping.topics("mqtt") == ("x", "y", "z")


def test_one_tick_ends_for_every_scene(scene: Path, tmp_path: Path) -> None:
    second = write_scene(tmp_path / "harbour", SceneOptions(name="harbour"))
    sensors = sensors_in(Library((scene, second), 1 << 20), {"key": "a", "topic": "x"})
    sensors.receive(Reading("x", b"1.5"), NOW_US)
    assert sensors.advance(NOW_US)
    for latest in sensors.latest.values():
        assert values(latest.frame_since(0, NOW_US)) == {0: 1.5}


def test_what_a_source_understood_itself_is_judged_like_the_rest() -> None:
    sensors = Sensors(sensor_file())
    sensors.registry.add_thing(Thing("mast", "Mast"))
    row = sensors.registry.add_datastream(
        Datastream("mast.air", "Air", "PM10", "µg/m³", "", 60.0, (0.0, 100.0), thing="mast"), "city"
    )
    for value, time_us in (
        (1.0, NOW_US),
        (101.0, NOW_US),
        (float("nan"), NOW_US),
        (2.0, NOW_US + 3_600_000_000),
        (3.0, 10**40),
    ):
        sensors.receive(Observed("mast.air", value, time_us), NOW_US, "city")
    sensors.receive(Observed("nobody's", 1.0, NOW_US), NOW_US, "city")
    sensors.advance(NOW_US)
    assert sensors.ledger.rejected == {
        ("city", Rejected.OUT_OF_RANGE): 1,
        ("city", Rejected.NOT_FINITE): 1,
        ("city", Rejected.BAD_TIME): 2,
        ("city", Rejected.UNKNOWN_DATASTREAM): 1,
    }
    now = sensors.ledger.at(row)
    assert (now.value, now.time_us, now.count, now.refused) == (1.0, NOW_US, 1, 4)
    assert now.reason is Rejected.BAD_TIME


def test_of_a_tick_the_newest_counts_and_what_comes_late_changes_nothing() -> None:
    sensors = Sensors(sensor_file({"key": "a", "topic": "x", "value": "/v", "time": "/t"}))

    def receive(value: int, second: int) -> None:
        payload = b'{"v": %d, "t": %d}' % (value, 1_700_000_000 + second)
        sensors.receive(Reading("x", payload), NOW_US)

    receive(1, 5)
    receive(2, 9)
    receive(3, 7)
    sensors.advance(NOW_US)
    receive(4, 9)
    receive(5, 8)
    sensors.advance(NOW_US)
    now = sensors.ledger.at(0)
    assert (now.value, now.count, now.late) == (2.0, 5, 2)


class Kept:
    """So much of a store as the engine needs, that remembers what it was given."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.flushed = 0

    def row(self, key: str) -> int:
        return 40 + len(key)

    def append(self, batch: Batch) -> None:
        self.batches.append(batch)

    async def flush(self) -> None:
        self.flushed = len(self.batches)


def kept_by(store: Kept) -> Sensors:
    return Sensors(sensor_file({"key": "a", "topic": "x"}), cast("ObservationStore", store))


def test_what_was_received_is_stored_before_a_source_hears_that_it_is() -> None:
    store = Kept()
    sensors = kept_by(store)
    sensors.receive(Reading("x", b"1"), NOW_US)
    asyncio.run(sensors.stored(NOW_US))
    assert store.flushed == 1
    assert store.batches[0].rows.tolist() == [41]
    assert store.batches[0].values.tolist() == [1.0]


def test_a_flood_between_two_ticks_is_taken_as_it_comes() -> None:
    store = Kept()
    sensors = kept_by(store)
    for number in range(2 * MOST_GATHERED + 1):
        sensors.receive(Reading("x", b"%d" % number), NOW_US + number)
    assert [len(batch.rows) for batch in store.batches] == [MOST_GATHERED, MOST_GATHERED]


def test_of_a_moving_thing_the_latest_place_is_kept() -> None:
    sensors = Sensors(sensor_file())
    sensors.registry.add_thing(Thing("tram", "Tram", moving=True, aliases=("vehicle-7",)))
    places = (("tram", 13.0, 2), ("vehicle-7", 13.1, 3), ("tram", 13.2, 1), ("tram", 999.0, 4))
    for thing, lon, second in places:
        sensors.receive(Moved(thing, Fix(NOW_US + second, lon, 52.0)), NOW_US, "trams")
    sensors.receive(Moved("bus", Fix(NOW_US, 13.0, 52.0)), NOW_US, "trams")
    assert {key: fix.lon for key, fix in sensors.moves().items()} == {"tram": 13.1}
    assert sensors.ledger.rejected == {
        ("trams", Rejected.OUT_OF_RANGE): 1,
        ("trams", Rejected.UNKNOWN_THING): 1,
    }


def test_a_scene_made_anew_inherits_what_its_sensors_said(scene: Path) -> None:
    scenes = Library((scene,), 1 << 20)
    sensors = sensors_in(scenes, {"key": "air", "feature": FEATURE, "topic": "x"})
    sensors.receive(Reading("x", b"1.5"), NOW_US)
    sensors.advance(NOW_US)
    sensors.registry.add_thing(Thing("mast", "Mast"))
    assert not sensors.is_bound("town")
    sensors.bind("town", bind(scenes["town"], sensors.registry.things.values()))
    assert sensors.is_bound("town")
    assert values(sensors.latest["town"].frame_since(0, NOW_US)) == {0: 1.5}


def values(frame: bytes) -> dict[int, float]:
    message = decoded(frame, protocol.Observations)
    ids = memoryview(message.ids).cast("I")
    return dict(zip(ids, memoryview(message.values).cast("d"), strict=True))


def latest_of(count: int) -> LatestValues:
    info = protocol.DatastreamInfo(
        id=0,
        key="a",
        name="A",
        observed_property="a",
        unit="m",
        feature="",
        position=None,
        stale_after_s=1.0,
        range=None,
    )
    return LatestValues([info] * count)


def test_a_tick_gathers_the_latest_and_is_encoded_once_for_all() -> None:
    latest = latest_of(3)
    assert not latest.advance()
    for value in (1.0, 2.0):
        latest.record(0, Observation(value, NOW_US))
    latest.record(2, Observation(9.0, NOW_US))
    assert latest.advance()
    frame = latest.frame_since(0, NOW_US)
    assert values(frame) == {0: 2.0, 2: 9.0}
    assert latest.frame_since(0, NOW_US + SHARED_US) is frame


def test_who_is_behind_gets_everything_since_what_he_saw() -> None:
    latest = latest_of(3)
    for index in range(3):
        latest.record(index, Observation(float(index), NOW_US))
        latest.advance()
    assert values(latest.frame_since(2, NOW_US)) == {2: 2.0}
    assert values(latest.frame_since(1, NOW_US)) == {1: 1.0, 2: 2.0}
    assert values(latest.frame_since(0, NOW_US)) == {0: 0.0, 1: 1.0, 2: 2.0}


def test_who_is_late_gets_a_value_that_is_already_changing_again() -> None:
    latest = latest_of(1)
    for value in (1.0, 2.0):
        latest.record(0, Observation(value, NOW_US))
        latest.advance()
    latest.record(0, Observation(3.0, NOW_US))
    assert values(latest.frame_since(1, NOW_US)) == {0: 3.0}
    latest.advance()
    assert values(latest.frame_since(2, NOW_US)) == {0: 3.0}


def test_a_late_comer_is_told_the_time_of_now() -> None:
    latest = latest_of(1)
    latest.record(0, Observation(1.0, NOW_US))
    latest.advance()
    latest.frame_since(0, NOW_US)
    late = decoded(latest.frame_since(0, NOW_US + 60_000_000), protocol.Observations)
    assert late.time == NOW_US + 60_000_000


def test_an_older_observation_never_replaces_a_newer_one() -> None:
    latest = latest_of(1)
    assert latest.record(0, Observation(1.0, NOW_US))
    assert not latest.record(0, Observation(2.0, NOW_US - 1))
    latest.advance()
    assert values(latest.frame_since(0, NOW_US)) == {0: 1.0}


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(-1e9, 1e9), st.booleans()), max_size=40))
def test_a_watcher_who_skips_ticks_ends_with_the_same_values(
    steps: list[tuple[int, float, bool]],
) -> None:
    latest = latest_of(4)
    seen: dict[int, float] = {}
    expected: dict[int, float] = {}
    tick = 0
    for number, (index, value, watching) in enumerate(steps):
        latest.record(index, Observation(value, NOW_US + number))
        expected[index] = value
        latest.advance()
        if watching:
            seen.update(values(latest.frame_since(tick, number)))
            tick = latest.tick
    seen.update(values(latest.frame_since(tick, 1)))
    assert seen == expected


Decoded = TypeVar("Decoded")


def decoded(frame: bytes, kind: type[Decoded]) -> Decoded:
    return msgspec.msgpack.decode(frame, type=kind)
