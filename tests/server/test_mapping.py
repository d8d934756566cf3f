"""From a message to the values it has for datastreams, or to the reason why there is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.overlays.ledger import NO_ROW, Refusal
from citiverse_server.overlays.mapping import MAX_PAYLOAD_BYTES, Mapped, Mapping
from citiverse_server.overlays.model import Rejected
from citiverse_server.overlays.pointers import pointer, resolve
from citiverse_server.overlays.reading import Reading, Record
from citiverse_server.overlays.registry import Registry
from citiverse_server.sensors import Sensors
from server.sensor_files import sensor_file

if TYPE_CHECKING:
    from collections.abc import Mapping as Stream

NOW_US = 1_795_000_000_000_000


def mapping(
    *streams: Stream[str, object], registry: Registry | None = None, **sections: object
) -> Mapping:
    """A mapping after a file with these datastreams, and the file's things in the registry."""
    file = sensor_file(*streams, **sections)
    registry = registry or Registry()
    for thing in file.things:
        registry.add_thing(thing)
    return Mapping(file, registry)


def observe(payload: object, more: Stream[str, object], now_us: int = NOW_US) -> Mapped | Refusal:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    (result,) = mapping({"key": "a", "topic": "t", **more}).read(Reading("t", raw), now_us)
    return result


@pytest.mark.parametrize(
    ("payload", "more", "value", "time_us"),
    [
        (12.5, {}, 12.5, NOW_US),
        (b" 3 ", {}, 3.0, NOW_US),
        ({"value": 7}, {"value": "/value"}, 7.0, NOW_US),
        ({"value": "-7.5e1"}, {"value": "/value"}, -75.0, NOW_US),
        (212, {"unit": "°C", "source_ucum": "[degF]"}, pytest.approx(100.0), NOW_US),
        ({"v": 1, "u": "mg/m³"}, {"unit": "µg/m³", "value": "/v", "unit_at": "/u"}, 1e3, NOW_US),
        ({"v": 1}, {"unit": "µg/m³", "value": "/v", "unit_at": "/u"}, 1.0, NOW_US),
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
        (
            {"v": 1, "t": 1_700_000_000_250},
            {"value": "/v", "time": "/t"},
            1.0,
            1_700_000_000_250_000,
        ),
        (
            {"v": 1, "t": "1700000000"},
            {"value": "/v", "time": "/t"},
            1.0,
            1_700_000_000_000_000,
        ),
    ],
)
def test_a_payload_becomes_an_observation(
    payload: object, more: dict[str, str], value: float, time_us: int
) -> None:
    later = max(NOW_US, time_us)
    expected = time_us if "time" in more else later
    assert observe(payload, more, later) == Mapped(0, value, expected)


@pytest.mark.parametrize(
    ("payload", "more", "reason"),
    [
        (b"", {}, Rejected.UNREADABLE),
        (b"nope", {}, Rejected.UNREADABLE),
        (b"\xff\xfe", {}, Rejected.UNREADABLE),
        (b"NaN", {}, Rejected.UNREADABLE),
        (b"[" * 50_000, {}, Rejected.UNREADABLE),
        (b"1e999", {}, Rejected.UNREADABLE),
        (b" " * (MAX_PAYLOAD_BYTES + 1), {}, Rejected.TOO_LARGE),
        ("12 m", {}, Rejected.NO_VALUE),
        ("inf", {}, Rejected.NO_VALUE),
        ("", {}, Rejected.NO_VALUE),
        (True, {}, Rejected.NO_VALUE),
        (None, {}, Rejected.NO_VALUE),
        ({"v": 1}, {"value": "/w"}, Rejected.NO_VALUE),
        (
            {"v": 1, "u": "ppm"},
            {"unit": "µg/m³", "value": "/v", "unit_at": "/u"},
            Rejected.WRONG_UNIT,
        ),
        ([1], {"value": "/1"}, Rejected.NO_VALUE),
        ([1], {"value": "/01"}, Rejected.NO_VALUE),
        ({"v": 1}, {"value": "/v", "time": "/t"}, Rejected.BAD_TIME),
        ({"v": 1, "t": "noon"}, {"value": "/v", "time": "/t"}, Rejected.BAD_TIME),
        ({"v": 1, "t": "2026-11-20T00:00:00"}, {"value": "/v", "time": "/t"}, Rejected.BAD_TIME),
        ({"v": 1, "t": 1e308}, {"value": "/v", "time": "/t"}, Rejected.BAD_TIME),
    ],
)
def test_what_can_be_no_observation_is_counted_by_its_reason(
    payload: object, more: dict[str, object], reason: Rejected
) -> None:
    result = observe(payload, more)
    assert isinstance(result, Refusal)
    assert (result.reason, result.row) == (reason, 0)


@given(st.binary(max_size=200))
def test_no_payload_does_harm(payload: bytes) -> None:
    result = observe(payload, {"value": "/a/0", "time": "/t"})
    assert isinstance(result, Refusal) or isinstance(result.value, float)


@pytest.mark.parametrize("more", [{"unit_at": "/u"}, {"only": {"/u": "x"}}])
def test_what_can_just_be_read_does_no_harm_either(more: dict[str, object]) -> None:
    # Somewhere here is the last depth that is read, and was too deep to be written again.
    for depth in range(900, 1010):
        payload = b'{"v": 1, "u": ' + b"[" * depth + b"]" * depth + b"}"
        result = observe(payload, {"value": "/v", "unit": "m", **more})
        assert isinstance(result, Refusal)


numbers = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))


@given(numbers, st.one_of(numbers, st.text(), st.datetimes().map(lambda at: f"{at}Z")))
def test_no_value_and_no_time_does_harm(value: float, time: float | str) -> None:
    sensors = Sensors(sensor_file({"key": "a", "topic": "t", "value": "/v", "time": "/t"}))
    sensors.receive(Reading("t", json.dumps({"v": value, "t": time}).encode()), NOW_US, "mqtt")
    sensors.advance(NOW_US)
    assert sensors.ledger.observations + sensors.ledger.rejected.total() == 1


def test_what_the_broker_kept_counts_only_with_a_time_of_its_own() -> None:
    payload = b'{"v": 1, "t": "2026-01-01T00:00:00Z"}'
    untimed = {"key": "a", "topic": "t", "value": "/v"}
    timed = {**untimed, "key": "b", "time": "/t"}
    assert mapping(untimed, timed).read(Reading("t", payload, kept=True), NOW_US) == [
        Refusal(Rejected.UNKNOWN_TIME, 0, payload),
        Mapped(1, 1.0, 1_767_225_600_000_000),
    ]


def test_pointers_follow_rfc_6901() -> None:
    document = {"": 1, "a": [10, 20], "m~n": 3, "a/b": 4}
    assert resolve(document, pointer("")) is document
    assert resolve(document, pointer("/")) == 1
    assert resolve(document, pointer("/a/1")) == 20
    assert resolve(document, pointer("/m~0n")) == 3
    assert resolve(document, pointer("/a~1b")) == 4
    assert resolve(document, pointer("/a/-")) is None
    assert resolve(document, pointer("/a/1/x")) is None


MANY = {
    "key": "{thing}.air",
    "name": "Air, {thing}",
    "topic": "city/{thing}/air",
    "value": "/v",
}
THINGS = [
    {"key": "mast-1", "name": "Mast at the market", "aliases": ["urn:ngsi-ld:Device:1"]},
    {"key": "mast-2", "name": "Mast at the quay"},
]


def test_one_entry_maps_the_topics_of_many_things() -> None:
    registry = Registry()
    of_many = mapping(MANY, registry=registry, thing=THINGS)
    assert of_many.topics("mqtt") == ("city/+/air",)
    for name in ("mast-2", "urn:ngsi-ld:Device:1", "mast-1"):
        (result,) = of_many.read(Reading(f"city/{name}/air", b'{"v": 3}'), NOW_US)
        assert isinstance(result, Mapped)
    assert [one.key for one in registry.datastreams.values()] == ["mast-2.air", "mast-1.air"]
    first = registry.datastreams[0]
    assert (first.name, first.thing) == ("Air, Mast at the quay", "mast-2")
    assert registry.source_of(0) == "mqtt"


def test_a_thing_that_nobody_knows_is_counted_by_its_name() -> None:
    of_many = mapping(MANY, thing=THINGS)
    assert of_many.read(Reading("city/mast-9/air", b'{"v": 3}'), NOW_US) == [
        Refusal(Rejected.UNKNOWN_THING, NO_ROW, b"mast-9")
    ]


def test_rows_of_a_table_name_their_thing() -> None:
    columns = {"value": "pm10", "time": "at", "thing_at": "station", "topic": "", "source": "csv"}
    source = {"name": "csv", "kind": "pull", "url": "https://x/y.csv", "timezone": "Europe/Madrid"}
    of_rows = mapping({**MANY, **columns}, thing=THINGS, source=[source])
    row = {"station": "mast-1", "pm10": "12.5", "at": "2026-07-01T12:00:00"}
    assert of_rows.take(Record("csv", row), NOW_US) == [Mapped(0, 12.5, 1_782_900_000_000_000)]
    lost = {"station": "mast-9", "pm10": "1", "at": ""}
    (refusal,) = of_rows.take(Record("csv", lost), NOW_US)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Rejected.UNKNOWN_THING
    assert b"mast-9" in refusal.sample
    assert of_rows.take(Record("other", row), NOW_US) == [Refusal(Rejected.UNKNOWN_DATASTREAM)]


def test_a_topic_may_mean_several_datastreams() -> None:
    both = mapping(
        {"key": "a", "topic": "t/+", "value": "/a"}, {"key": "b", "topic": "t/#", "value": "/b"}
    )
    assert both.read(Reading("t/x", b'{"a": 1, "b": 2}'), NOW_US) == [
        Mapped(1, 2.0, NOW_US),
        Mapped(0, 1.0, NOW_US),
    ]
