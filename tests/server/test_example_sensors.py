"""The sensor files of docs/sensors work as they stand, with the recordings that they name."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from citiverse.feed.recordings import Reading
from citiverse.feed.replay import Pace, play
from citiverse.feed.senders import sender_to
from citiverse_server.overlays.sensor_file import read_sensor_file
from server.answering import Answered, answering
from server.broker import free_port, running_broker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from citiverse_server.overlays.model import Datastream, Thing
    from citiverse_server.sensors import Sensors
    from server.conftest import Running, Serving

pytestmark = pytest.mark.anyio

ALL_AT_ONCE = Pace(speed=0, recorded=True)
TOKEN = "sesame"
NO_URL = re.compile(r'^(url|notify_url) = ".*\n', re.MULTILINE)


@pytest.fixture
def examples(pytestconfig: pytest.Config) -> Path:
    return pytestconfig.rootpath / "docs" / "sensors"


@pytest.fixture(autouse=True)
def _tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WEATHER", "CARSHARE", "OPENAQ", "CONTEXT", "TRAMS"):
        monkeypatch.setenv(f"{name}_TOKEN", TOKEN)


def copied(example: Path, folder: Path, change: Callable[[str], str]) -> Path:
    file = folder / example.name
    file.write_text(change(example.read_text(encoding="utf-8")), encoding="utf-8")
    return file


async def fed(running: Running, recording: Path, source: str, pace: Pace, zone: str) -> int:
    """Plays a recording into a source of the server; how many messages it was."""
    sender = sender_to(f"{running.http}/sensors/{source}", TOKEN)
    try:
        return await play([recording], Reading(ZoneInfo(zone)), pace, sender, lambda _: None)
    finally:
        await sender.close()


async def published(port: int, recording: Path, level: str, how: Reading) -> int:
    """Plays a recording into a broker."""
    sender = sender_to(f"mqtt://127.0.0.1:{port}/{level}", None)
    try:
        return await play([recording], how, ALL_AT_ONCE, sender, lambda _: None)
    finally:
        await sender.close()


async def observed(sensors: Sensors, count: int) -> None:
    """Waits until so many observations have been taken."""
    async with asyncio.timeout(10):
        while sensors.ledger.observations < count:
            await asyncio.sleep(0.01)


def streams(sensors: Sensors, observed_property: str) -> dict[str, float]:
    """The latest values of one property, by the names of their things."""
    return {
        sensors.registry.things[stream.thing].name: sensors.ledger.at(row).value
        for row, stream in sensors.registry.datastreams.items()
        if stream.observed_property == observed_property
    }


def stream(sensors: Sensors, key: str) -> tuple[Datastream, Thing]:
    row = sensors.registry.datastream(key)
    assert row is not None
    datastream = sensors.registry.datastreams[row]
    return datastream, sensors.registry.things[datastream.thing]


def test_every_example_can_be_read_and_is_listed(examples: Path) -> None:
    listed = (examples / "README.md").read_text(encoding="utf-8")
    files = sorted(examples.glob("*.toml"))
    assert len(files) == 8
    for file in files:
        read_sensor_file(file)
        assert f"({file.name})" in listed


async def test_hourly_weather_comes_through_a_broker(
    serving: Serving, examples: Path, data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    port = free_port()
    file = copied(
        examples / "seattle-hourly.toml", tmp_path, lambda s: s.replace("1883", f"{port}")
    )
    recording = data / "sensors-weather" / "seattle-weather-hourly-normals.csv"
    with running_broker(tmp_path, port):
        async with serving(sensors=file) as running:
            while "Listening" not in caplog.text:
                await asyncio.sleep(0.01)
            zone = Reading(ZoneInfo("America/Los_Angeles"))
            assert await published(port, recording, "seattle", zone) == 8759
            sensors = running.application.hub.sensors
            await observed(sensors, 3 * 8759)
    assert streams(sensors, "air temperature") == {"Weather station, Seattle": 4.3}
    assert streams(sensors, "air pressure") == {"Weather station, Seattle": 1016.7}
    assert not sensors.ledger.rejected
    row = sensors.registry.datastream("seattle-temperature")
    assert row is not None
    # 2010-12-31T23:00 in Seattle.
    assert sensors.ledger.at(row).time_us == 1_293_865_200_000_000


async def test_daily_weather_of_two_cities_is_sent_as_a_table(
    serving: Serving, examples: Path, data: Path
) -> None:
    recording = data / "sensors-weather" / "weather.csv"
    async with serving(sensors=examples / "daily-weather.toml") as running:
        assert await fed(running, recording, "weather", ALL_AT_ONCE, "UTC") == 2922
        sensors = running.application.hub.sensors
        assert streams(sensors, "daily maximum temperature") == {"Seattle": 5.6, "New York": 11.1}
        assert sensors.ledger.observations == 3 * 2922
        assert not sensors.ledger.rejected


async def test_shared_cars_bring_their_places(serving: Serving, examples: Path, data: Path) -> None:
    recording = data / "sensors-carshare-montreal" / "carshare.csv"
    async with serving(sensors=examples / "carshare-montreal.toml") as running:
        assert await fed(running, recording, "cars", Pace(speed=0), "UTC") == 249
        sensors = running.application.hub.sensors
        assert len(streams(sensors, "car hours")) == 249
        assert streams(sensors, "car hours")["45.471548505146174"] == pytest.approx(1772.75)
        datastream, thing = stream(sensors, "cars.45.471548505146174-car-hours")
        assert (datastream.unit, thing.licence) == ("h", "MIT")
        assert thing.position is not None
        assert thing.position[:2] == (-73.58868408217266, 45.471548505146174)


async def test_air_is_fetched_with_its_units_and_places(
    serving: Serving, examples: Path, data: Path, tmp_path: Path
) -> None:
    body = (data / "sensors-openaq" / "responses" / "sensors.json").read_bytes()
    with answering(lambda _: Answered(body)) as place:
        file = copied(
            examples / "openaq.toml",
            tmp_path,
            lambda s: s.replace("http://127.0.0.1:8090", place.url),
        )
        async with serving(sensors=file) as running:
            sensors = running.application.hub.sensors
            await observed(sensors, 4)
    assert streams(sensors, "PM2.5") == {"pm25 µg/m³": 4.1}
    assert streams(sensors, "NO2") == pytest.approx({"no2 ppm": 0.7})
    assert streams(sensors, "O3") == pytest.approx({"o3 ppm": 59.0})
    datastream, thing = stream(sensors, "openaq.3920-pm25")
    assert thing.position is not None
    assert thing.position[:2] == (-106.584702, 35.1353)
    assert thing.licence == "CC BY 4.0"
    row = sensors.registry.datastream(datastream.key)
    assert row is not None
    assert sensors.ledger.at(row).time_us == 1_724_702_400_000_000


async def test_entities_of_all_models_come_as_notifications(
    serving: Serving, examples: Path, data: Path, tmp_path: Path
) -> None:
    file = copied(examples / "context-broker.toml", tmp_path, lambda s: NO_URL.sub("", s))
    async with serving(sensors=file) as running:
        count = await fed(
            running, data / "sensors-ngsi-ld", "context", Pace(speed=0), "Europe/Madrid"
        )
        sensors = running.application.hub.sensors
        assert count == 25
        names = {thing.name for thing in sensors.registry.things.values()}
        assert {"Plaza de España", "Avenida de Salamanca", "STLRT-MNCA-NP-015"} <= names
        assert streams(sensors, "sound level")
        assert streams(sensors, "traffic intensity") == {"Avenida de Salamanca": 197}
        assert streams(sensors, "waterTable") == {"STLRT-MNCA-NP-015": 12.75}
        assert streams(sensors, "peopleCount")


async def test_trams_move_through_the_city(
    serving: Serving, examples: Path, data: Path, tmp_path: Path
) -> None:
    file = copied(examples / "trams.toml", tmp_path, lambda s: NO_URL.sub("", s))
    recording = data / "sensors-gtfs-rt" / "vehicle_positions.pb"
    async with serving(sensors=file) as running:
        assert await fed(running, recording, "trams", Pace(speed=0), "UTC") == 1
        things = [*running.application.hub.sensors.registry.things.values()]
        assert sorted(thing.name for thing in things) == ["Line 15", "Line 175", "Vehicle V/15/7"]
        assert all(thing.moving and thing.reality == "imagined" for thing in things)


async def test_invented_readings_are_said_to_be(
    serving: Serving, examples: Path, data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    port = free_port()
    file = copied(examples / "made-up.toml", tmp_path, lambda s: s.replace("1883", f"{port}"))
    recording = data / "sensors-wot" / "air-quality-sensor.td.jsonld"
    with running_broker(tmp_path, port):
        async with serving(sensors=file) as running:
            while "Listening" not in caplog.text:
                await asyncio.sleep(0.01)
            await published(port, recording, "made-up", Reading(ZoneInfo("UTC"), invent=True))
            sensors = running.application.hub.sensors
            await observed(sensors, 2 * 8640)
    assert stream(sensors, "virtual-air-density")[1].reality == "imagined"
    assert not sensors.ledger.rejected


async def test_a_city_listens_to_the_sensorthings_of_another(
    serving: Serving, examples: Path, data: Path, tmp_path: Path
) -> None:
    recording = data / "sensors-weather" / "weather.csv"
    async with serving(sensors=examples / "daily-weather.toml") as other:
        await fed(other, recording, "weather", Pace(speed=0), "UTC")
        root = f"{other.http}/sta/v1.1"
        file = copied(
            examples / "sensorthings.toml",
            tmp_path,
            lambda s: s.replace("http://127.0.0.1:8080/FROST-Server/v1.1", root).replace(
                "every_s = 60", "every_s = 1"
            ),
        )
        (tmp_path / "other").mkdir()
        async with serving(sensors=file, state=tmp_path / "other") as running:
            sensors = running.application.hub.sensors
            await observed(sensors, 6)
    assert set(streams(sensors, "daily maximum temperature")) == {"Seattle", "New York"}
