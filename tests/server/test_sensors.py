"""From a payload to the latest value: units, ranges, times, and what is counted instead."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, TypeVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server import protocol
from citiverse_server.errors import ConfigError
from citiverse_server.library import Library
from citiverse_server.overlays.latest import SHARED_US, LatestValues
from citiverse_server.overlays.mapping import (
    MAX_PAYLOAD_BYTES,
    DatastreamSettings,
    Mapping,
    read_sensor_file,
    resolve,
)
from citiverse_server.overlays.model import Observation, Rejected
from citiverse_server.overlays.reading import Reading
from citiverse_server.sensors import Sensors
from server.scenes import FEATURE, SceneOptions, write_scene

if TYPE_CHECKING:
    from pathlib import Path

NOW_US = 1_795_000_000_000_000
FILE = """
[mqtt]
url = "mqtt://127.0.0.1:1883"

[[datastream]]
key = "air"
name = "Fine dust (PM2.5), market"
observed_property = "PM2.5"
unit = "µg/m³"
feature = "town/BLDG_0042"
topic = "sensors/market"
value = "/value"
time = "/time"
range = [0, 1000]
stale_after_s = 120

[[datastream]]
key = "tide"
name = "Water level"
observed_property = "water level"
unit = "m"
topic = "sensors/tide"
"""


def settings(**more: object) -> DatastreamSettings:
    base = {"key": "a", "name": "A", "observed_property": "a", "unit": "m", "topic": "t"}
    return msgspec.convert({**base, **more}, DatastreamSettings)


def observe(payload: object, **more: object) -> Observation | Rejected:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    ((_, result),) = Mapping([settings(**more)]).observe(Reading("t", raw), NOW_US)
    return result


def test_a_sensor_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "sensors.toml").write_text(FILE)
    sensors = read_sensor_file(tmp_path / "sensors.toml")
    assert sensors.mqtt is not None
    assert sensors.mqtt.url == "mqtt://127.0.0.1:1883"
    assert [entry.key for entry in sensors.datastream] == ["air", "tide"]
    assert sensors.datastream[0].range == (0.0, 1000.0)
    assert sensors.datastream[1].stale_after_s == 300.0


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('key = "air"', "key = ", "sensors.toml:6: this is no TOML"),
        ('key = "air"', 'kye = "air"', "kye"),
        ('topic = "sensors/tide"', "", "topic"),
        ('topic = "sensors/tide"', 'topic = "sensors/#"', "topic"),
        ('value = "/value"', 'value = "value"', "value"),
        ('key = "tide"', 'key = "air"', "two datastreams have the key 'air'; rename one"),
        ("range = [0, 1000]", "range = [5, 5]", "datastream 'air': the range is empty"),
        ("range = [0, 1000]", "range = [nan, 5]", "the range is empty"),
        ("stale_after_s = 120", "stale_after_s = 0", "stale_after_s"),
        ("mqtt://127.0.0.1:1883", "http://127.0.0.1", "url"),
        ("mqtt://127.0.0.1:1883", "mqtt://me:secret@host", "url"),
    ],
)
def test_a_wrong_sensor_file_is_told_where_and_why(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    file = tmp_path / "sensors.toml"
    file.write_text(FILE.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        read_sensor_file(file)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_sensor_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be opened"):
        read_sensor_file(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("payload", "more", "value", "time_us"),
    [
        (12.5, {}, 12.5, NOW_US),
        (b" 3 ", {}, 3.0, NOW_US),
        ({"value": 7}, {"value": "/value"}, 7.0, NOW_US),
        ({"a/b": [1, {"~c": 2.0}]}, {"value": "/a~1b/1/~0c"}, 2.0, NOW_US),
        (
            {"v": 1, "t": "2026-11-20T00:00:00Z"},
            {"value": "/v", "time": "/t"},
            1.0,
            1_795_132_800_000_000,
        ),
        (
            {"v": 1, "t": "2026-11-20T01:00:00.5+01:00"},
            {"value": "/v", "time": "/t"},
            1.0,
            1_795_132_800_500_000,
        ),
        (
            {"v": 1, "t": 1_700_000_000.25},
            {"value": "/v", "time": "/t"},
            1.0,
            1_700_000_000_250_000,
        ),
    ],
)
def test_a_payload_becomes_an_observation(
    payload: object, more: dict[str, str], value: float, time_us: int
) -> None:
    later = max(NOW_US, time_us)
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    ((_, result),) = Mapping([settings(**more)]).observe(Reading("t", raw), later)
    expected = time_us if "time" in more else later
    assert result == Observation(value, expected)


@pytest.mark.parametrize(
    ("payload", "more", "reason"),
    [
        (b"", {}, Rejected.UNREADABLE),
        (b"nope", {}, Rejected.UNREADABLE),
        (b"\xff\xfe", {}, Rejected.UNREADABLE),
        (b"NaN", {}, Rejected.UNREADABLE),
        (b"[" * 50_000, {}, Rejected.UNREADABLE),
        (b"1e999", {}, None),
        (b"9" * 400, {}, None),
        (b" " * (MAX_PAYLOAD_BYTES + 1), {}, Rejected.TOO_LARGE),
        ("12", {}, Rejected.NO_VALUE),
        (True, {}, Rejected.NO_VALUE),
        (None, {}, Rejected.NO_VALUE),
        ({"v": 1}, {"value": "/w"}, Rejected.NO_VALUE),
        ([1], {"value": "/1"}, Rejected.NO_VALUE),
        ([1], {"value": "/01"}, Rejected.NO_VALUE),
        (1000.5, {"range": [0, 1000]}, Rejected.OUT_OF_RANGE),
        ({"v": 1}, {"value": "/v", "time": "/t"}, Rejected.BAD_TIME),
        ({"v": 1, "t": "noon"}, {"value": "/v", "time": "/t"}, Rejected.BAD_TIME),
        ({"v": 1, "t": "2026-11-20T00:00:00"}, {"value": "/v", "time": "/t"}, Rejected.BAD_TIME),
        ({"v": 1, "t": 5.0}, {"value": "/v", "time": "/t"}, Rejected.BAD_TIME),
        ({"v": 1, "t": 9e300}, {"value": "/v", "time": "/t"}, Rejected.BAD_TIME),
        ({"v": 1, "t": 1e308}, {"value": "/v", "time": "/t"}, Rejected.BAD_TIME),
        (b'{"v": 1, "t": 1' + b"0" * 400 + b"}", {"value": "/v", "time": "/t"}, None),
    ],
)
def test_what_can_be_no_observation_is_counted_by_its_reason(
    payload: object, more: dict[str, object], reason: Rejected | None
) -> None:
    result = observe(payload, **more)
    assert isinstance(result, Rejected)
    assert reason in (None, result)


@given(st.binary(max_size=200))
def test_no_payload_does_harm(payload: bytes) -> None:
    result = observe(payload, value="/a/0", time="/t")
    assert isinstance(result, Rejected) or math.isfinite(result.value)


numbers = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))


@given(numbers, st.one_of(numbers, st.text(), st.datetimes().map(lambda at: f"{at}Z")))
def test_no_value_and_no_time_does_harm(value: float, time: float | str) -> None:
    result = observe({"v": value, "t": time}, value="/v", time="/t")
    assert isinstance(result, Rejected) or math.isfinite(result.value)


def test_what_the_broker_kept_counts_only_with_a_time_of_its_own() -> None:
    payload = b'{"v": 1, "t": "2026-01-01T00:00:00Z"}'
    untimed, timed = settings(value="/v"), settings(value="/v", time="/t")
    mapping = Mapping([untimed, timed])
    assert mapping.observe(Reading("t", payload, kept=True), NOW_US) == [
        (0, Rejected.UNKNOWN_TIME),
        (1, Observation(1.0, 1_767_225_600_000_000)),
    ]


def test_pointers_follow_rfc_6901() -> None:
    document = {"": 1, "a": [10, 20], "m~n": 3, "a/b": 4}
    assert resolve(document, "") is document
    assert resolve(document, "/") == 1
    assert resolve(document, "/a/1") == 20
    assert resolve(document, "/m~0n") == 3
    assert resolve(document, "/a~1b") == 4
    assert resolve(document, "/a/-") is None
    assert resolve(document, "/a/1/x") is None


def test_datastreams_hang_on_their_building_and_the_rest_is_everywhere(
    scene: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sensors = Sensors(
        [
            settings(key="air", feature=FEATURE, topic="x"),
            settings(key="lost", feature="town/gone", topic="y"),
            settings(key="tide", topic="z"),
        ],
        Library((scene,), 1 << 20),
    )
    announced = decoded(sensors.latest["town"].announcement, protocol.Datastreams).datastreams
    assert [(entry.id, entry.key, entry.position) for entry in announced] == [
        (0, "air", (5.0, 5.0, 18.0)),
        (1, "tide", None),
    ]
    assert "lost" in caplog.text
    assert "town/gone" in caplog.text
    for topic in ("x", "y", "z", "unknown"):
        sensors.receive(Reading(topic, b"1.5"), NOW_US)
    sensors.receive(Reading("x", b"oops"), NOW_US)
    assert sensors.observations == 2
    assert sensors.rejected == {Rejected.UNKNOWN_TOPIC: 2, Rejected.UNREADABLE: 1}
    assert sensors.mapping.topics == ["x", "z"]


def test_one_tick_ends_for_every_scene(scene: Path, tmp_path: Path) -> None:
    second = write_scene(tmp_path / "harbour", SceneOptions(name="harbour"))
    sensors = Sensors([settings(topic="x")], Library((scene, second), 1 << 20))
    sensors.receive(Reading("x", b"1.5"), NOW_US)
    assert sensors.advance()
    for latest in sensors.latest.values():
        assert values(latest.frame_since(0, NOW_US)) == {0: 1.5}


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
