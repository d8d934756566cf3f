"""A sensor's day is believable, repeatable, and bound to a building that stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_assets import town
from citiverse_assets.citygml import gml_id
from citiverse_assets.sensors import DAY_S, SENSORS, Sensor

NOON_UTC = 1_700_049_600.0
"""15 November 2023, a Wednesday, noon."""


def by_key(key: str) -> Sensor:
    return next(sensor for sensor in SENSORS if sensor.key == key)


def test_every_sensor_is_at_a_building_of_the_town() -> None:
    ids = {gml_id(building) for building in town.build()}
    assert {sensor.building for sensor in SENSORS} <= ids


def test_keys_are_unique_and_names_say_that_values_are_simulated() -> None:
    assert len({sensor.key for sensor in SENSORS}) == len(SENSORS)
    assert all("simulated" in sensor.name for sensor in SENSORS)


@given(st.sampled_from(SENSORS), st.floats(0.0, 4e9))
def test_a_value_is_in_range_at_any_time_and_the_same_when_asked_again(
    sensor: Sensor, time_s: float
) -> None:
    value = sensor.value(time_s)
    assert sensor.low <= value <= sensor.high
    assert value == sensor.value(time_s)


@pytest.mark.parametrize(
    ("key", "high_hour", "low_hour"),
    [
        ("quay-noise", 12, 3),
        ("school-power", 10, 2),
        ("school-temperature", 14, 3),
        ("market-square-air", 20, 3),
    ],
)
def test_the_day_has_its_shape(key: str, high_hour: int, low_hour: int) -> None:
    midnight = NOON_UTC - DAY_S / 2
    sensor = by_key(key)
    assert sensor.value(midnight + high_hour * 3600) > sensor.value(midnight + low_hour * 3600)


def test_july_is_warmer_than_january_and_needs_less_heat() -> None:
    july, january = NOON_UTC - 116 * DAY_S, NOON_UTC + 65 * DAY_S
    warmth, heat = by_key("school-temperature"), by_key("flats-heat")
    assert warmth.value(july) > warmth.value(january) + 8.0
    assert heat.value(july) < heat.value(january)


def test_the_school_is_quiet_at_the_weekend() -> None:
    saturday = NOON_UTC + 3 * DAY_S
    assert by_key("school-power").value(saturday) < by_key("school-power").value(NOON_UTC) / 1.5


def test_a_value_moves_within_a_minute() -> None:
    sensor = by_key("quay-noise")
    assert len({sensor.value(NOON_UTC + second) for second in range(0, 60, 2)}) > 10
