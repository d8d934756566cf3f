"""What an operator learns of her sensor file: what arrives, what doesn't, and why."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from citiverse_server.clock import Clock
from citiverse_server.listening import Listening
from citiverse_server.overlays.model import Datastream, Thing
from citiverse_server.overlays.reading import Observed, Reading
from citiverse_server.quality.judge import Judge
from citiverse_server.sensor_check import (
    CheckedSource,
    Said,
    checked,
    listen,
    shortened,
    without_traces,
)
from citiverse_server.sensors import Sensors
from server.broker import free_port
from server.sensor_files import sensor_file

if TYPE_CHECKING:
    from citiverse_server.overlays.sensor_file import SensorFile

NOW_US = 1_795_000_000_000_000
AIR = {"key": "air", "topic": "t/air", "value": "/v", "time": "/t", "unit": "µg/m³"}
NOISE = {"key": "noise", "topic": "t/noise"}


def after(file: SensorFile, *said: tuple[str, bytes]) -> CheckedSource:
    """The first source of a file, after these messages."""
    sensors = Sensors(file)
    for topic, payload in said:
        sensors.receive(Reading(topic, payload), NOW_US, "mqtt")
    sensors.advance(NOW_US)
    return checked(sensors, NOW_US)[0]


def test_all_is_well_where_every_datastream_brings_values() -> None:
    source = after(sensor_file(NOISE), ("t/noise", b"60"), ("t/noise", b"61"))
    assert source.is_well
    assert source.observations == 2
    assert source.datastreams[0].says == "61 m, just now."


def test_silence_is_told_with_its_topic() -> None:
    source = after(sensor_file(AIR, NOISE), ("t/noise", b"60"))
    assert not source.is_well
    assert [one.problem for one in source.datastreams] == ["nothing on the topic t/air", ""]


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (
            b'{"w": 5}',
            'no number in the place that the sensor file names, value = "/v"; the last one: {"w',
        ),
        (b"<html>" * 50, "it can't be read; the last one: <html>"),
        (
            b'{"v": 5, "t": "yesterday"}',
            'its time can\'t be read, or is long ago, time = "/t"; one without a zone needs',
        ),
        (
            b'{"v": 5, "t": "2099-01-01T00:00:00Z"}',
            "its time is in the future, perhaps local time that is called UTC; the last one: 2099",
        ),
    ],
)
def test_what_was_left_out_is_told_with_its_message(payload: bytes, says: str) -> None:
    (one,) = after(sensor_file(AIR), ("t/air", payload)).datastreams
    assert one.problem.startswith("1 was left out: ")
    assert says in one.problem
    assert len(one.problem) < 280


def test_the_line_of_the_file_is_told() -> None:
    sensors = Sensors(sensor_file(AIR, NOISE))
    (source,) = checked(sensors, NOW_US, [7, 19])
    assert [one.line for one in source.datastreams] == [7, 19]


def test_a_value_that_cannot_be_is_told_though_it_is_kept() -> None:
    sensors = Sensors(sensor_file({**NOISE, "range": [0, 120]}), judge=Judge())
    sensors.receive(Reading("t/noise", b"1e300"), NOW_US, "mqtt")
    sensors.advance(NOW_US)
    (source,) = checked(sensors, NOW_US)
    assert source.observations == 1
    assert source.datastreams[0].problem.startswith("its last value is doubtful: ")


def test_strangers_are_told_by_their_name() -> None:
    many = {"key": "{thing}.air", "topic": "city/{thing}/air"}
    things = [{"key": "mast", "name": "Mast"}]
    file = sensor_file(many, thing=things)
    source = after(file, ("city/pole/air", b"1"), ("city/mast/air", b"2"), ("other", b"3"))
    assert source.datastreams[0].says == "1 value of 1 thing"
    assert source.problems == (
        "1 left out: the sensor file knows no such thing; the last one: pole",
        "1 left out: the sensor file has no datastream for its topic; the last one: other",
    )
    (silent,) = after(file).datastreams
    assert silent.problem == "nothing on the topic city/{thing}/air of a thing that is known"


def test_a_unit_that_no_machine_knows_is_told() -> None:
    source = after(sensor_file({**NOISE, "unit": "jiffies"}), ("t/noise", b"1"))
    assert source.problems == (
        "the unit 'jiffies' is none of UCUM that we know (datastream noise)",
    )


def test_of_a_source_that_explains_itself_its_own_datastreams_are_told() -> None:
    city = {"name": "city", "kind": "sensorthings", "url": "https://sensors.example/v1.1"}
    sensors = Sensors(sensor_file(source=[city], mqtt=None))
    assert "it has told of no datastream" in checked(sensors, NOW_US)[0].problems
    sensors.registry.add_thing(Thing("mast", "Mast"))
    for key in ("air", "noise"):
        sensors.registry.add_datastream(
            Datastream(key, key, key, "m", "", 60.0, None, thing="mast", ucum="m"), "city"
        )
    sensors.receive(Observed("air", 1.5, NOW_US), NOW_US, "city")
    sensors.advance(NOW_US)
    (source,) = checked(sensors, NOW_US)
    assert [(one.key, one.problem) for one in source.datastreams] == [
        ("air", ""),
        ("noise", "nothing came of it"),
    ]


def test_who_is_only_sent_to_cannot_be_heard() -> None:
    file = sensor_file(source=[{"name": "a", "kind": "push"}], mqtt=None)
    problems = checked(Sensors(file), NOW_US)[0].problems
    assert "sent to by others" in problems[0]
    assert "names no environment variable that is set" in problems[1]


def test_a_broker_that_is_away_is_told_once() -> None:
    file = sensor_file(NOISE, mqtt={"url": f"mqtt://127.0.0.1:{free_port()}"})
    sensors = Sensors(file)

    async def listened() -> tuple[str, ...]:
        return await listen(Listening(sensors, Clock()), 0.3)

    (said,) = asyncio.run(listened())
    assert said.startswith("The source mqtt brings nothing: the broker at 127.0.0.1:")
    assert "trying again" not in said
    (source,) = checked(sensors, NOW_US)
    assert source.problems == ("it couldn't be reached (1 attempt)",)


def test_what_waits_for_the_server_stays_its_own() -> None:
    broker = {"name": "a", "kind": "mqtt", "url": "mqtt://127.0.0.1", "client_id": "the-server"}
    context = {"name": "b", "kind": "ngsi-ld", "url": "http://x", "notify_url": "http://y"}
    sources = without_traces(sensor_file(source=[broker, context], mqtt=None)).sources
    assert [(one.name, one.client_id, one.notify_url) for one in sources] == [
        ("a", "", ""),
        ("b", "", ""),
    ]


def test_a_message_is_shown_shortened_and_on_one_line() -> None:
    assert shortened(b'{"a":\n1}') == '{"a":·1}'
    assert shortened("µ".encode() * 300) == "µ" * 100 + "…"
    assert shortened(b"\xff\x00") == "\ufffd·"
    assert Said().sentences == {}
