"""Every recorded set is played through its protocol, and read in the page and in the headset.

The values that are looked for come from the recorded files, read here without the code under test.
The city is a square of houses at the place that the recording names, so the example files of
docs/sensors hold as they stand, but for addresses.
"""

from __future__ import annotations

import csv
import json
import math
import re
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from google.transit import gtfs_realtime_pb2
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from browser.conftest import serving, until
from browser.pictures import AGAIN
from browser.recorded import Visit, example, feed, people_write, visit
from browser.squares import Spot, square
from server.answering import Answered, answering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.browser

NO_URL = re.compile(r'^(url|notify_url) = ".*\n', re.MULTILINE)
FETCHED = re.compile(r"^(url|every_s|token_header) = .*\n", re.MULTILINE)
BEFORE_IT = (0.0, -12.0)
DOWN_THE_STREET = (88.0, -25.0)
"""Metres east and north: where the tram comes to rest, without more news."""
UNIT_CODES = {"GP": "mg/m³", "GQ": "µg/m³"}
"""Of UN/ECE Recommendation 20, as the entities have them."""
REMEMBER = f"async () => {{ window.before = ({AGAIN}).data }}"
CHANGED = f"""async () => {{
  const {{data}} = {AGAIN}
  let count = 0
  for (let i = 0; i < data.length; i += 4) if (Math.abs(data[i] - before[i]) > 40) count += 1
  return count
}}"""
"""How many pixels are others than before."""


SIGHTS = pytest.mark.parametrize("sight", ["page", pytest.param("headset", marks=pytest.mark.long)])


@pytest.fixture(autouse=True)
def _tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WEATHER", "CARSHARE", "OPENAQ", "CONTEXT", "TRAMS"):
        monkeypatch.setenv(f"{name}_TOKEN", "sesame")


@pytest.fixture
def visiting(
    new_context: Callable[..., BrowserContext], pytestconfig: pytest.Config, tmp_path: Path
) -> Iterator[Callable[..., Visit]]:
    """Serves a square with an example file, and stands in it."""
    with ExitStack() as running:

        def start(
            name: str,
            spot: Spot,
            change: Callable[[str], str] = lambda text: text,
            off: tuple[float, float] = BEFORE_IT,
        ) -> Visit:
            sensors = example(pytestconfig.rootpath, name, tmp_path, change)
            scene = square(tmp_path, spot)
            served = running.enter_context(serving(scene, sensors=sensors))
            page = new_context().new_page()
            return visit(page, served.url, scene, spot, off)

        yield start


def rows(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file)]


def days(table: Path, folder: Path) -> Path:
    """The last two days of a table with a row an hour."""
    header, *lines = table.read_text(encoding="utf-8").splitlines()
    short = folder / table.name
    short.write_text("\n".join((header, *lines[-48:])), encoding="utf-8")
    return short


def vehicles(recording: Path) -> dict[str, Any]:
    """The vehicles of a feed by their ids, read by Google's own code."""
    message = gtfs_realtime_pb2.FeedMessage.FromString(recording.read_bytes())
    return {one.vehicle.vehicle.id: one.vehicle for one in message.entity}


@SIGHTS
def test_hourly_weather_comes_by_mqtt(
    visiting: Callable[..., Visit], data: Path, broker_port: int, tmp_path: Path, sight: str
) -> None:
    recording = days(data / "sensors-weather" / "seattle-weather-hourly-normals.csv", tmp_path)
    last = rows(recording)[-1]
    warm, pressure, wind = (
        people_write(float(last[name])) for name in ("temperature", "pressure", "wind")
    )
    there = visiting(
        "seattle-hourly.toml",
        Spot("seattle", -122.3321, 47.6062),
        lambda text: text.replace("1883", f"{broker_port}"),
    )
    zone = ("--timezone", "America/Los_Angeles")
    feed(recording, f"mqtt://127.0.0.1:{broker_port}/seattle", *zone)
    there.expect_pin("Air temperature and 2 more", f"{warm} °C")
    there.expect_listed(
        {
            "Air temperature": f"{warm} °C",
            "Air pressure": f"{pressure} hPa",
            "Wind speed": f"{wind} m/s",
        }
    )
    if sight == "headset":
        there.expect_board("Air temperature and 2 more", f"{warm} °C")


@SIGHTS
def test_a_tram_goes_on_from_where_its_feed_says(
    visiting: Callable[..., Visit], data: Path, sight: str
) -> None:
    recording = data / "sensors-gtfs-rt" / "vehicle_positions.pb"
    tram = vehicles(recording)["V/15/1"]
    number, name = tram.trip.route_id, f"Line {tram.trip.route_id}"
    spot = Spot("warsaw", tram.position.longitude, tram.position.latitude)
    there = visiting("trams.toml", spot, lambda text: NO_URL.sub("", text), DOWN_THE_STREET)
    there.page.evaluate(REMEMBER)
    feed(recording, f"{there.url}/sensors/trams", "--token-env", "TRAMS_TOKEN")
    there.expect_pin(name, "imagined")
    assert there.page.evaluate(CHANGED) > 1000
    drawn = {one["name"]: one for one in there.page.evaluate("citiverse.vehicles()")}[name]
    assert drawn["headingDeg"] == pytest.approx(tram.position.bearing, abs=0.5)
    assert 10 < drawn["position"][0] - there.place[0] < 120
    assert drawn["position"][1] == pytest.approx(there.place[1], abs=0.5)
    there.expect_listed({name: f"{round(tram.position.speed * 3.6)} km/h"})
    # On the tram itself.
    until(there.page, f"boards().some(({{texts}}) => texts.includes('{number}'))")
    if sight == "headset":
        there.expect_board(name)


@pytest.mark.long
def test_a_vehicle_without_speed_stands_where_its_feed_says(
    visiting: Callable[..., Visit], data: Path
) -> None:
    recording = data / "sensors-gtfs-rt" / "vehicle_positions.pb"
    place = vehicles(recording)["V/15/7"].position
    there = visiting(
        "trams.toml",
        Spot("warsaw", place.longitude, place.latitude),
        lambda text: NO_URL.sub("", text),
        (0.0, -25.0),
    )
    feed(recording, f"{there.url}/sensors/trams", "--token-env", "TRAMS_TOKEN")
    there.expect_pin("Vehicle V/15/7", "imagined")
    drawn = {one["name"]: one for one in there.page.evaluate("citiverse.vehicles()")}
    at = drawn["Vehicle V/15/7"]["position"]
    assert math.dist(at[:2], there.place[:2]) < 0.5
    there.expect_listed({"Vehicle V/15/7": "standing"})
    there.expect_board("Vehicle V/15/7")


@pytest.mark.long
def test_shared_cars_come_as_a_table_with_places(
    visiting: Callable[..., Visit], data: Path
) -> None:
    recording = data / "sensors-carshare-montreal" / "carshare.csv"
    row = rows(recording)[0]
    hours = f"{people_write(float(row['car_hours']))} h"
    spot = Spot("montreal", float(row["centroid_lon"]), float(row["centroid_lat"]))
    there = visiting("carshare-montreal.toml", spot)
    feed(recording, f"{there.url}/sensors/cars", "--token-env", "CARSHARE_TOKEN")
    there.expect_pin("Car hours at the peak", hours)
    there.expect_listed({"Car hours at the peak": hours})
    there.expect_board(hours)


@pytest.mark.long
@pytest.mark.parametrize("city", ["Seattle", "New York"])
def test_daily_weather_of_two_cities_is_sent_as_a_table(
    visiting: Callable[..., Visit], data: Path, city: str
) -> None:
    recording = data / "sensors-weather" / "weather.csv"
    last = [row for row in rows(recording) if row["location"] == city][-1]
    warmest = f"{people_write(float(last['temp_max']))} °C"
    places = {"Seattle": (-122.3301, 47.6038), "New York": (-74.0060, 40.7128)}
    there = visiting("daily-weather.toml", Spot(city.lower().replace(" ", "-"), *places[city]))
    to = f"{there.url}/sensors/weather"
    feed(recording, to, "--token-env", "WEATHER_TOKEN", "--start", "recorded")
    name = f"Warmest of the day, {city} and 2 more"
    there.expect_pin(name, warmest, "no news since 31 Dec 2015")
    there.expect_listed(
        {
            f"Warmest of the day, {city}": warmest,
            f"Coldest of the day, {city}": f"{people_write(float(last['temp_min']))} °C",
            f"Rain of the day, {city}": f"{people_write(float(last['precipitation']))} mm",
        }
    )
    there.expect_board(warmest, "no news since 31 Dec 2015")


@pytest.mark.long
@pytest.mark.parametrize("way", ["fetched", "sent"])
def test_air_quality_comes_with_its_places_and_units(
    visiting: Callable[..., Visit], data: Path, way: str
) -> None:
    recording = data / "sensors-openaq" / "responses" / "sensors.json"
    latest = {
        one["parameter"]["name"]: one["latest"]
        for one in json.loads(recording.read_text(encoding="utf-8"))["results"]
        if one["latest"]
    }
    place = latest["no2"]["coordinates"]
    spot = Spot("albuquerque", place["longitude"], place["latitude"])
    # The file asks for ppb, and ppm come.
    no2, o3 = (f"{people_write(1000 * latest[name]['value'])} ppb" for name in ("no2", "o3"))
    with answering(lambda _: Answered(recording.read_bytes())) as service:
        if way == "fetched":
            url = service.url
            there = visiting(
                "openaq.toml", spot, lambda text: text.replace("http://127.0.0.1:8090", url)
            )
            age = re.compile("no news since 26 Aug 2024")
        else:
            there = visiting(
                "openaq.toml",
                spot,
                lambda text: FETCHED.sub("", text).replace('"pull"', '"push"'),
            )
            feed(recording, f"{there.url}/sensors/openaq", "--token-env", "OPENAQ_TOKEN")
            age = re.compile("just now|ago")
        there.expect_pin("NO2 and 3 more", no2, age)
    there.expect_listed(
        {
            "NO2": no2,
            "O3": o3,
            "PM2.5": f"{people_write(latest['pm25']['value'])} µg/m³",
            "PM10": f"{people_write(latest['pm10']['value'])} µg/m³",
        }
    )
    there.expect_board("NO2 and 3 more", no2)


@pytest.mark.long
@pytest.mark.parametrize(
    ("entity", "attribute", "name", "unit"),
    [
        ("AirQualityObserved", "co", "CO, Plaza de España", ""),
        ("NoiseLevelObserved", "LAeq", "sound level, Vitoria-NoiseLevelObserved", "dB(A)"),
        ("IndoorEnvironmentObserved", "peopleCount", "peopleCount, Demo address", ""),
    ],
)
def test_entities_come_as_notifications(
    visiting: Callable[..., Visit], data: Path, entity: str, attribute: str, name: str, unit: str
) -> None:
    folder = data / "sensors-ngsi-ld"
    said = json.loads((folder / entity / "example-normalized.json").read_text(encoding="utf-8"))
    code = said[attribute].get("metadata", {}).get("unitCode", {}).get("value", "")
    value = f"{people_write(said[attribute]['value'])} {UNIT_CODES.get(code, unit)}".strip()
    there = visiting(
        "context-broker.toml",
        Spot(entity.lower(), *said["location"]["value"]["coordinates"]),
        lambda text: NO_URL.sub("", text),
    )
    zone = ("--timezone", "Europe/Madrid")
    feed(folder, f"{there.url}/sensors/context", "--token-env", "CONTEXT_TOKEN", *zone)
    there.expect_pin(value)
    there.expect_listed({name: value})
    there.expect_board(value)


@pytest.mark.long
def test_a_thing_that_is_only_described_has_invented_values_that_say_so(
    visiting: Callable[..., Visit], data: Path, broker_port: int
) -> None:
    """A Thing Description holds no readings: what is told of it is invented, and said to be.

    What was sent is heard here from the broker, and read again through the description that the
    server makes of the thing, which has the same properties as the recorded one.
    """
    recording = data / "sensors-wot" / "air-quality-sensor.td.jsonld"
    described = json.loads(recording.read_text(encoding="utf-8"))
    there = visiting(
        "made-up.toml",
        Spot("plugfest", 0.0, 51.5),
        lambda text: text.replace("1883", f"{broker_port}").replace(
            '# feature = "my-city/BLDG_0042"', "position = [0.0, 51.5]"
        ),
    )
    sent: list[dict[str, Any]] = []
    listener = mqtt.Client(CallbackAPIVersion.VERSION2)
    listener.on_message = lambda _client, _data, message: sent.append(json.loads(message.payload))
    listener.connect("127.0.0.1", broker_port)
    listener.subscribe("made-up/#", qos=1)
    listener.loop_start()
    # Who listens slowly misses what the broker has no room for.
    to = f"mqtt://127.0.0.1:{broker_port}/made-up"
    feed(recording, to, "--made-up", "--speed", "10000")
    until_heard(sent, 8640)
    listener.loop_stop()
    assert all(one["made_up"] for one in sent)
    ppm = described["properties"]["concentration"]["unit"]
    density, gas = (people_write(sent[-1][name]) for name in ("density", "concentration"))
    there.expect_pin("and 1 more", "imagined", f"{density} µg/m³")
    there.expect_listed(
        {
            "Particulate density (invented)": f"{density} µg/m³",
            "Gas concentration (invented)": f"{gas} {ppm}",
        }
    )
    answer = there.page.request.get(f"{there.url}/wot/virtual-air")
    assert answer.json()["title"] == described["title"]
    read = there.page.request.get(f"{there.url}/wot/virtual-air/properties").json()
    assert sorted(people_write(one["value"]) for one in read.values()) == sorted([density, gas])
    there.expect_board(f"{density} µg/m³")


def until_heard(sent: list[dict[str, Any]], count: int) -> None:
    deadline = time.monotonic() + 20
    while len(sent) < count:
        assert time.monotonic() < deadline, f"{len(sent)} of {count} came"
        time.sleep(0.01)
