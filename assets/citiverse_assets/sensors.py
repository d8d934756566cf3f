"""The sensors of Ellerhaven and a believable day for each of them.

The values are invented: smooth curves over the day and the year with a little unrest, the same for
the same moment. They are simulated, and their names say so.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

DAY_S = 86_400.0
YEAR_S = 365.2422 * DAY_S
TIDE_S = 12.42 * 3600.0

Curve: TypeAlias = Callable[[float], float]
"""A value for a moment, in seconds since 1970 UTC."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """What is observed, in which unit, at which building (its gml:id), and how it runs."""

    key: str
    name: str
    observed_property: str
    unit: str
    building: str
    low: float
    high: float
    decimals: int
    curve: Curve

    @property
    def topic(self) -> str:
        """Where the sensor's messages are published."""
        return f"ellerhaven/{self.key}"

    def value(self, time_s: float) -> float:
        """The reading at a moment, within the sensor's range and rounded as it would report."""
        return round(min(max(self.curve(time_s), self.low), self.high), self.decimals)


def fine_dust(time_s: float) -> float:
    """PM2.5 in µg/m³: stoves in the evening, traffic in the morning, sea wind at noon."""
    hour = _hour(time_s)
    return 6.0 + 5.0 * _peak(hour, 7.8, 1.2) + 8.0 * _peak(hour, 20.5, 2.0) + _unrest(time_s, 1.3)


def noise(time_s: float) -> float:
    """Sound level in dB(A): a working day between two quiet nights."""
    hour = _hour(time_s)
    day = 1.0 / (1.0 + math.exp(-(hour - 6.3) * 1.6)) - 1.0 / (1.0 + math.exp(-(hour - 21.0)))
    return 41.0 + 17.0 * day + 3.0 * _peak(hour, 11.0, 1.0) + _unrest(time_s, 2.2)


def water_level(time_s: float) -> float:
    """Metres above the mean: the Baltic's small tide, and days of wind."""
    tide = 0.07 * math.sin(2 * math.pi * time_s / TIDE_S)
    wind = 0.22 * math.sin(2 * math.pi * time_s / (5.3 * DAY_S)) + 0.1 * math.sin(time_s / 51_000)
    return tide + wind + _unrest(time_s, 0.012)


def temperature(time_s: float) -> float:
    """Air in °C: warmest in late July and in mid-afternoon."""
    season = math.cos(2 * math.pi * (time_s / YEAR_S - 0.56))
    day = math.cos(2 * math.pi * (_hour(time_s) - 14.5) / 24.0)
    return 9.2 + 8.3 * season + (2.0 + season) * day + _unrest(time_s, 0.3)


def school_power(time_s: float) -> float:
    """Electric power of the school in kW: lessons, lunch, and the gym in the evening."""
    hour = _hour(time_s)
    lessons = _peak(hour, 10.5, 2.6) * (0.25 if _weekend(time_s) else 1.0)
    return 4.5 + 31.0 * lessons + 9.0 * _peak(hour, 18.5, 1.2) + _unrest(time_s, 0.9)


def flats_heat(time_s: float) -> float:
    """Heat of the flats in kW: colder outside, more inside; most in the morning and evening."""
    hour = _hour(time_s)
    cold = max(16.0 - temperature(time_s), 0.0)
    habit = 0.75 + 0.4 * _peak(hour, 7.0, 1.3) + 0.35 * _peak(hour, 19.5, 2.2)
    return 14.0 + 6.2 * cold * habit + _unrest(time_s, 1.5)


SENSORS = (
    Sensor(
        key="market-square-air",
        name="Fine dust at the Town Hall (simulated)",
        observed_property="PM2.5",
        unit="µg/m³",
        building="ellerhaven-market-square-13",
        low=0.0,
        high=500.0,
        decimals=1,
        curve=fine_dust,
    ),
    Sensor(
        key="quay-noise",
        name="Noise at Warehouse 3 (simulated)",
        observed_property="Sound level",
        unit="dB(A)",
        building="ellerhaven-the-quay-3",
        low=20.0,
        high=120.0,
        decimals=1,
        curve=noise,
    ),
    Sensor(
        key="harbour-water",
        name="Water level at the Customs House (simulated)",
        observed_property="Water level above the mean",
        unit="m",
        building="ellerhaven-the-quay-9",
        low=-3.0,
        high=3.0,
        decimals=2,
        curve=water_level,
    ),
    Sensor(
        key="school-temperature",
        name="Air temperature at the school (simulated)",
        observed_property="Air temperature",
        unit="°C",
        building="ellerhaven-school-green-1",
        low=-40.0,
        high=50.0,
        decimals=1,
        curve=temperature,
    ),
    Sensor(
        key="school-power",
        name="Electricity of the school (simulated)",
        observed_property="Electric power",
        unit="kW",
        building="ellerhaven-school-green-1",
        low=0.0,
        high=200.0,
        decimals=1,
        curve=school_power,
    ),
    Sensor(
        key="flats-heat",
        name="Heat of Lighthouse Flats (simulated)",
        observed_property="Heating power",
        unit="kW",
        building="ellerhaven-gull-lane-100",
        low=0.0,
        high=500.0,
        decimals=1,
        curve=flats_heat,
    ),
)


def _hour(time_s: float) -> float:
    """Hour of the day in the town's solar time, which is 39 minutes ahead of UTC."""
    return ((time_s + 2_340.0) % DAY_S) / 3600.0


def _weekend(time_s: float) -> bool:
    # 1 January 1970 was a Thursday.
    return int(time_s // DAY_S + 3) % 7 >= 5


def _peak(hour: float, at: float, width: float) -> float:
    apart = (hour - at + 12.0) % 24.0 - 12.0
    return math.exp(-((apart / width) ** 2) / 2.0)


def _unrest(time_s: float, size: float) -> float:
    """Two waves whose periods never meet, so that a reading rarely repeats."""
    return size * (0.6 * math.sin(time_s / 7.31) + 0.4 * math.sin(time_s / 41.77 + 1.9))
