"""The sensors' day is believable, repeatable, hangs together, and happens where a place is."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_assets import town
from citiverse_assets.citygml import gml_id
from citiverse_assets.day import street, tram, weather
from citiverse_assets.day.rhythm import DAY_S
from citiverse_assets.geography import position
from citiverse_assets.sensors import HEATED, Sensor, sensors

NOON_UTC = 1_700_049_600.0
"""15 November 2023, a Wednesday, noon."""
MOMENTS = st.floats(0.0, 4e9)


def by_key(key: str) -> Sensor:
    return next(sensor for sensor in sensors() if sensor.key == key)


def test_every_sensor_is_at_a_building_of_the_town_or_in_its_streets() -> None:
    ids = {gml_id(building) for building in town.build()}
    stations = {sensor.station for sensor in sensors()}
    assert {station.building for station in stations if station.building} <= ids
    assert all(station.building or station.point for station in stations)


def test_every_heated_building_tells_its_heat() -> None:
    heated = {gml_id(each) for each in town.build() if each.function in HEATED}
    told = {each.station.building for each in sensors() if each.key.startswith("heat-")}
    assert told == heated


def test_keys_are_unique_and_names_say_that_values_are_simulated() -> None:
    assert len({sensor.key for sensor in sensors()}) == len(sensors())
    assert all("simulated" in sensor.name for sensor in sensors())


@given(st.sampled_from(sensors()), MOMENTS)
def test_a_value_is_in_range_at_any_time_and_the_same_when_asked_again(
    sensor: Sensor, time_s: float
) -> None:
    value = sensor.value(time_s)
    assert sensor.kind.low <= value <= sensor.kind.high
    assert value == sensor.value(time_s)


@pytest.mark.parametrize(
    ("key", "high_hour", "low_hour"),
    [
        ("quay-noise", 12, 3),
        ("school-power", 10, 2),
        ("school-temperature", 14, 3),
        ("crossing-no2", 17, 3),
        ("crossing-traffic", 17, 3),
        ("heat-gull-lane-100", 6, 13),
    ],
)
def test_the_day_has_its_shape(key: str, high_hour: int, low_hour: int) -> None:
    midnight = NOON_UTC - DAY_S / 2
    sensor = by_key(key)
    assert sensor.value(midnight + high_hour * 3600) > sensor.value(midnight + low_hour * 3600)


def test_july_is_warmer_than_january_and_needs_less_heat() -> None:
    july, january = NOON_UTC - 116 * DAY_S, NOON_UTC + 65 * DAY_S
    warmth, heat = by_key("school-temperature"), by_key("heat-gull-lane-100")
    assert warmth.value(july) > warmth.value(january) + 8.0
    assert heat.value(july) < heat.value(january)


def test_the_school_is_quiet_at_the_weekend() -> None:
    saturday = NOON_UTC + 3 * DAY_S
    assert by_key("school-power").value(saturday) < by_key("school-power").value(NOON_UTC) / 1.5


def test_a_value_moves_within_a_minute() -> None:
    sensor = by_key("quay-noise")
    assert len({sensor.value(NOON_UTC + second) for second in range(0, 60, 2)}) > 10


def test_the_night_after_a_saturday_is_the_loudest_of_the_week_at_the_quay() -> None:
    at_midnight = [by_key("quay-noise").value(NOON_UTC + DAY_S * (0.5 + day)) for day in range(7)]
    saturday = 3
    assert at_midnight.index(max(at_midnight)) == saturday
    assert max(at_midnight) > sorted(at_midnight)[-2] + 15.0


def test_wind_leaves_less_dust() -> None:
    hours = [NOON_UTC + 3600.0 * hour for hour in range(24 * 60)]
    same_hour = hours[::24]
    calm = min(same_hour, key=weather.wind)
    storm = max(same_hour, key=weather.wind)
    assert street.nitrogen_dioxide(storm) < street.nitrogen_dioxide(calm)


def test_a_tram_that_passes_is_heard() -> None:
    crossing = by_key("crossing-noise")
    assert crossing.station.point is not None
    here = crossing.station.point[:2]
    minutes = [NOON_UTC + second for second in range(240)]
    near = min(minutes, key=lambda at: tram.distance(at, here))
    far = max(minutes, key=lambda at: tram.distance(at, here))
    assert crossing.value(near) > crossing.value(far) + 6.0


@given(MOMENTS)
def test_the_tram_goes_no_faster_than_it_says_and_never_jumps(time_s: float) -> None:
    places = [tram.place(time_s + tenth / 10.0) for tenth in range(20)]
    for before, after in itertools.pairwise(places):
        gone = math.dist(before.point, after.point)
        assert gone <= 0.1 * max(before.speed, after.speed) + 0.02
        assert 0.0 <= after.speed <= tram.FASTEST_MS + 1e-9


def test_the_tram_ends_its_last_round_at_the_western_end() -> None:
    """24 o'clock by the sun is 23:21 UTC, amid a round."""
    evening = NOON_UTC + DAY_S / 2 - 3600.0
    seconds = [evening + second for second in range(3600)]
    last = max(at for at in seconds if tram.is_running(at))
    assert math.dist(tram.place(last).point, tram.place(last + 1.0).point) < 0.02


def test_the_tram_rests_at_night() -> None:
    three = NOON_UTC + DAY_S * 15 / 24
    assert not tram.is_running(three)
    assert tram.place(three).speed == 0.0


def test_the_town_lies_on_a_fjord_of_the_baltic() -> None:
    lon, lat, turn = position(0.0, 0.0)
    assert lon == pytest.approx(9.6613, abs=1e-3)
    assert lat == pytest.approx(54.8114, abs=1e-3)
    assert turn == pytest.approx(0.539, abs=1e-3)
