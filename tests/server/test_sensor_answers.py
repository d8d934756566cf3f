"""What a citizen learns who asks: which sensors are here, what they say, whether to trust it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest

from citiverse_server.app import create_app
from citiverse_server.config import ServerConfig
from citiverse_server.library import Library
from citiverse_server.overlays.binding import bind
from citiverse_server.overlays.ledger import Account
from citiverse_server.overlays.model import Datastream, Fix, Quality, Rejected
from citiverse_server.overlays.reading import Moved, Reading
from citiverse_server.overlays.words import ago, in_words
from citiverse_server.sensor_answers import SensorQuery, ThingEntry, things_in
from citiverse_server.sensors import Sensors
from server.scenes import FEATURE
from server.sensor_files import sensor_file

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp

NOW_US = 1_795_000_000_000_000
FILE = f"""
[[source]]
name = "mqtt"
kind = "mqtt"
url = "mqtt://127.0.0.1:1"
thing_defaults = {{licence = "CC-BY-4.0", attribution = "Town of Harbour"}}

[[thing]]
key = "hall"
name = "Town hall"
feature = "{FEATURE}"
aliases = ["urn:ngsi-ld:Building:hall"]

[[thing]]
key = "mast"
name = "Mast"
position = [13.001, 52.0, 4.0]

[[datastream]]
key = "hall.air"
name = "Fine dust"
observed_property = "PM2.5"
unit = "µg/m³"
thing = "hall"
topic = "air"

[[datastream]]
key = "mast.noise"
name = "Noise"
observed_property = "Sound level"
unit = "dB(A)"
thing = "mast"
topic = "noise"

[[datastream]]
key = "tide"
name = "Tide"
observed_property = "Water level"
unit = "m"
topic = "tide"
"""


@pytest.fixture
def application(scene: Path, tmp_path: Path) -> ASGIApp:
    """The application without a socket, and without listening to anything."""
    (tmp_path / "sensors.toml").write_text(FILE)
    config = ServerConfig(
        scenes=(scene,), static=tmp_path, sensors=tmp_path / "sensors.toml", state=tmp_path
    )
    return create_app(config)


def asking(application: ASGIApp) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=application)
    return httpx.AsyncClient(transport=transport, base_url="http://town")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("question", "keys"),
    [
        ({}, ["hall", "mast", "tide"]),
        ({"feature": FEATURE}, ["hall"]),
        ({"feature": "town/P1"}, []),
        ({"key": "mast"}, ["mast"]),
        ({"key": "urn:ngsi-ld:Building:hall"}, ["hall"]),
        ({"key": "hall.air"}, ["hall"]),
        ({"key": "hall.air", "feature": FEATURE}, ["hall"]),
        ({"key": "mast", "feature": FEATURE}, []),
        ({"key": "nobody"}, []),
        ({"bbox": "0,0,10,10"}, ["hall"]),
        ({"bbox": "60,-5,80,5"}, ["mast"]),
        ({"after": "hall"}, ["mast", "tide"]),
        ({"limit": "1"}, ["hall"]),
        ({"limit": "1", "after": "hall"}, ["mast"]),
    ],
)
async def test_things_are_found_by_feature_key_and_place(
    application: ASGIApp, question: dict[str, str], keys: list[str]
) -> None:
    async with asking(application) as client:
        answer = await client.get("/scenes/town/sensors", params=question)
    assert answer.status_code == 200
    found = answer.json()
    assert [thing["key"] for thing in found["things"]] == keys
    assert found["more"] == ("limit" in question)


@pytest.mark.anyio
@pytest.mark.parametrize("question", ["limit=0", "limit=1001", "bbox=1,2,3", "bbox=1,2,3,nan"])
async def test_a_question_that_cannot_be_understood_is_told_why(
    application: ASGIApp, question: str
) -> None:
    async with asking(application) as client:
        answer = await client.get(f"/scenes/town/sensors?{question}")
        assert answer.status_code == 400
        assert answer.json()["error"]
        assert (await client.get("/scenes/village/sensors")).status_code == 404


def the_hall(scene: Path, *payloads: bytes, now_us: int = NOW_US) -> ThingEntry:
    """The thing on the town hall, after it has said this."""
    thing = {"key": "hall", "name": "Hall", "feature": FEATURE, "owner": "Town", "licence": "CC0"}
    stream = {"key": "air", "thing": "hall", "topic": "t", "unit": "µg/m³", "stale_after_s": 60}
    sensors = Sensors(sensor_file(stream, thing=[thing]))
    scenes = Library((scene,), 1 << 20)
    sensors.bind("town", bind(scenes["town"], sensors.registry.things.values()))
    for payload in payloads:
        sensors.receive(Reading("t", payload), NOW_US, "mqtt")
        sensors.advance(NOW_US)
    (found,) = things_in(sensors, "town", SensorQuery(feature=FEATURE), now_us).things
    return found


def test_a_value_comes_with_its_unit_its_age_and_who_answers_for_it(scene: Path) -> None:
    hall = the_hall(scene, b"12.5", now_us=NOW_US + 40_000_000)
    assert (hall.owner, hall.licence, hall.reality) == ("Town", "CC0", "measured")
    assert hall.features == (FEATURE,)
    assert hall.position == (5.0, 5.0, 18.0)
    (air,) = hall.datastreams
    assert (air.unit, air.ucum, air.source, air.observations) == ("µg/m³", "ug/m3", "mqtt", 1)
    assert air.latest is not None
    assert (air.latest.value, air.latest.stale, air.latest.quality) == (12.5, False, 0)
    assert air.latest.time == air.latest.arrival == "2026-11-18T11:06:40Z"
    assert air.says == "12.5 µg/m³, 40 seconds ago."


def test_no_news_and_why_is_said_in_words(scene: Path) -> None:
    assert the_hall(scene).datastreams[0].says == "No value has come yet."
    (broken,) = the_hall(scene, b'"none"').datastreams
    assert broken.latest is None
    assert broken.rejected is not None
    assert (broken.rejected.count, broken.rejected.reason) == (1, "no-value")
    assert broken.says == (
        "No value has come yet. The last message was left out: "
        "there is no number in the place that the sensor file names."
    )
    (old,) = the_hall(scene, b"12.5", now_us=NOW_US + 7_300_000_000).datastreams
    assert old.latest is not None
    assert old.latest.stale
    assert old.says == "No news. The last value was 12.5 µg/m³, 2 hours ago."


def test_of_a_moving_thing_its_last_place_is_told(scene: Path) -> None:
    sensors = Sensors(sensor_file(thing=[{"key": "tram", "name": "Tram", "moving": True}]))
    scenes = Library((scene,), 1 << 20)
    sensors.bind("town", bind(scenes["town"], sensors.registry.things.values()))
    query = SensorQuery(key="tram")
    (waiting,) = things_in(sensors, "town", query, NOW_US).things
    assert waiting.fix is None
    sensors.receive(Moved("tram", Fix(NOW_US, 13.05, 52.25, speed=4.5)), NOW_US, "trams")
    sensors.advance(NOW_US)
    (moving,) = things_in(sensors, "town", query, NOW_US).things
    assert msgspec.json.decode(msgspec.json.encode(moving.fix)) == {
        "time": "2026-11-18T11:06:40Z",
        "lon": 13.05,
        "lat": 52.25,
        "height": None,
        "heading": None,
        "speed": 4.5,
    }


AIR = Datastream("air", "Air", "PM2.5", "µg/m³", "", 60.0, None)


NOW = Account(
    value=3.0,
    time_us=NOW_US,
    arrival_us=NOW_US,
    quality=0,
    count=1,
    late=0,
    refused=0,
    refused_us=None,
    reason=None,
)


def test_what_speaks_against_a_value_is_said() -> None:
    quality = int(Quality.STUCK | Quality.CLOCK)
    assert in_words(AIR, replace(NOW, quality=quality), NOW_US) == (
        "3 µg/m³, just now. It is doubtful: stuck at one value and told with a wrong time."
    )


def test_only_what_was_left_out_since_is_told() -> None:
    early = replace(NOW, reason=Rejected.BAD_TIME, refused_us=NOW_US - 1)
    late = replace(NOW, reason=Rejected.BAD_TIME, refused_us=NOW_US + 1)
    assert in_words(AIR, early, NOW_US) == "3 µg/m³, just now."
    assert in_words(AIR, late, NOW_US).endswith("its time can't be read, or is long ago.")


@pytest.mark.parametrize("reason", Rejected)
def test_every_reason_has_words(reason: Rejected) -> None:
    assert in_words(AIR, replace(NOW, reason=reason, refused_us=NOW_US + 1), NOW_US).endswith(".")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "just now"),
        (0.9, "just now"),
        (1, "1 second ago"),
        (119, "1 minute ago"),
        (7200, "2 hours ago"),
        (200_000, "2 days ago"),
        (4e7, "1 year ago"),
    ],
)
def test_ages_are_said_in_their_largest_unit(seconds: float, words: str) -> None:
    assert ago(int(seconds * 1e6)) == words
