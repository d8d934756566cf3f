"""What arrives becomes observations, hangs on its building, and is told with the next tick."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from citiverse_server.library import Library
from citiverse_server.observations.keeper import open_store
from citiverse_server.observations.store import Retention
from citiverse_server.overlays.binding import bind
from citiverse_server.overlays.model import Batch, Datastream, Fix, Rejected, Thing
from citiverse_server.overlays.place import frame_at
from citiverse_server.overlays.reading import Moved, Observed, Reading
from citiverse_server.sensors import MOST_GATHERED, Sensors
from server.scenes import FEATURE
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
    binding = sensors.registry.binding("town")
    assert binding is not None
    places = {key: binding.standing(key).position for key in ("air", "lost", "tide")}
    assert places == {"air": (5.0, 5.0, 18.0), "lost": None, "tide": None}
    assert [key in binding for key in places] == [True, False, True]
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


def test_a_tick_tells_the_latest_of_what_was_received() -> None:
    sensors = Sensors(sensor_file({"key": "a", "topic": "x"}))
    for value in (b"1", b"1.5"):
        sensors.receive(Reading("x", value), NOW_US)
    assert sensors.latest.tell(1.0).tolist() == []
    sensors.advance(NOW_US)
    assert sensors.latest.tell(1.0).tolist() == [0]
    assert sensors.latest.values[0] == 1.5


def test_what_a_source_understood_itself_is_judged_like_the_rest() -> None:
    sensors = Sensors(sensor_file())
    sensors.registry.add_thing(Thing("mast", "Mast"))
    row = sensors.registry.add_datastream(
        Datastream("mast.air", "Air", "PM10", "µg/m³", "", 60.0, (0.0, 100.0), thing="mast"), "city"
    )
    for value, time_us in (
        (1.0, NOW_US),
        (float("nan"), NOW_US),
        (2.0, NOW_US + 3_600_000_000),
        (3.0, 10**40),
    ):
        sensors.receive(Observed("mast.air", value, time_us), NOW_US, "city")
    sensors.receive(Observed("nobody's", 1.0, NOW_US), NOW_US, "city")
    sensors.advance(NOW_US)
    assert sensors.ledger.rejected == {
        ("city", Rejected.NOT_FINITE): 1,
        ("city", Rejected.FUTURE): 2,
        ("city", Rejected.UNKNOWN_DATASTREAM): 1,
    }
    now = sensors.ledger.at(row)
    assert (now.value, now.time_us, now.count, now.refused) == (1.0, NOW_US, 1, 3)
    assert now.reason is Rejected.FUTURE


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


def test_a_server_that_starts_again_knows_what_was_said_last(tmp_path: Path) -> None:
    file = sensor_file({"key": "a", "topic": "x", "value": "/v", "time": "/t"})

    def said(value: int, second: int) -> Reading:
        return Reading("x", b'{"v": %d, "t": %d}' % (value, 1_790_000_000 + second))

    async def life(*readings: Reading) -> Sensors:
        store = open_store(tmp_path, Retention())
        sensors = Sensors(file, store)
        for reading in readings:
            sensors.receive(reading, NOW_US, "mqtt")
        await sensors.recall()
        await sensors.stored(NOW_US)
        await sensors.recall()
        await store.close()
        return sensors

    asyncio.run(life(said(1, 0), said(2, 5)))
    again = asyncio.run(life())
    now = again.ledger.at(again.registry.datastream("a") or 0)
    assert (now.value, now.count, now.time_us) == (2.0, 0, 1_790_000_005_000_000)
    assert again.latest.values.tolist()[:1] == [2.0]
    earlier = asyncio.run(life(said(3, 4)))
    assert earlier.ledger.at(0).value == 2.0
    later = asyncio.run(life(said(4, 6)))
    assert later.ledger.at(0).value == 4.0


def test_a_flood_between_two_ticks_is_taken_as_it_comes() -> None:
    store = Kept()
    sensors = kept_by(store)
    for number in range(2 * MOST_GATHERED + 1):
        sensors.receive(Reading("x", b"%d" % number), NOW_US + number)
    assert [len(batch.rows) for batch in store.batches] == [MOST_GATHERED, MOST_GATHERED]


def test_of_a_moving_thing_all_places_are_stored() -> None:
    store = Kept()
    sensors = kept_by(store)
    sensors.registry.add_thing(Thing("tram", "Tram", moving=True))
    for second in range(3):
        sensors.receive(Moved("tram", Fix(NOW_US - second, 13.0 + second, 52.0)), NOW_US)
    sensors.advance(NOW_US)
    sensors.advance(NOW_US)
    (batch,) = store.batches
    assert batch.values[0::2].tolist() == [13.0, 14.0, 15.0]
    assert batch.times[0::2].tolist() == [NOW_US, NOW_US - 1, NOW_US - 2]


def test_of_a_moving_thing_the_latest_place_is_kept() -> None:
    sensors = Sensors(sensor_file())
    sensors.registry.add_thing(Thing("tram", "Tram", moving=True, aliases=("vehicle-7",)))
    places = (("tram", 13.0, 2), ("vehicle-7", 13.1, 3), ("tram", 13.2, 1), ("tram", 999.0, 4))
    for thing, lon, second in places:
        sensors.receive(Moved(thing, Fix(NOW_US + second, lon, 52.0)), NOW_US, "trams")
    sensors.receive(Moved("bus", Fix(NOW_US, 13.0, 52.0)), NOW_US, "trams")
    sensors.advance(NOW_US)
    assert sensors.fixes.keys == ["tram"]
    assert sensors.fixes.tell(1.0).tolist() == [0]
    (place,) = sensors.fixes.placed(np.array([0]), frame_at(13.1, 52.0)).places.tolist()
    assert place[:2] == pytest.approx([0.0, 0.0], abs=1e-6)
    assert sensors.ledger.rejected == {
        ("trams", Rejected.OUT_OF_RANGE): 1,
        ("trams", Rejected.UNKNOWN_THING): 1,
    }


def test_what_is_added_is_looked_for_in_a_scene_that_is_bound(scene: Path) -> None:
    scenes = Library((scene,), 1 << 20)
    sensors = sensors_in(scenes, {"key": "air", "feature": FEATURE, "topic": "x"})
    sensors.registry.add_thing(Thing("mast", "Mast"))
    assert not sensors.is_bound("town")
    sensors.bind("town", bind(scenes["town"], sensors.registry.things.values()))
    assert sensors.is_bound("town")


def test_a_city_without_sensors_loads_no_way_in_no_store_and_no_judge(scene: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from citiverse_server.app import create_app\n"
        "from citiverse_server.config import ServerConfig\n"
        f"create_app(ServerConfig(scenes=(Path({str(scene)!r}),)))\n"
        "print(*sorted(sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(ran.stdout.split())
    server = "citiverse_server"
    unwanted = {"httpx", "paho", f"{server}.overlays.sources.kinds", f"{server}.quality.judge"}
    assert f"{server}.sensors" in loaded
    assert not loaded & {*unwanted, f"{server}.observations.keeper"}
