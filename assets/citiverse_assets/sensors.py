"""The sensors of Ellerhaven: stations, what each of them observes, and how those values run.

The values are invented; see `day`. They are simulated, and their names say so.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, TypeAlias

from citiverse_assets import terrain, town
from citiverse_assets.citygml import gml_id
from citiverse_assets.day import energy, street, weather
from citiverse_assets.day.rhythm import grain
from citiverse_assets.plan import Point, at_length
from citiverse_assets.streets import HARBOUR_STREET, LANES, LIGHTHOUSE_ROAD

if TYPE_CHECKING:
    from citiverse_assets.houses import Building

Curve: TypeAlias = Callable[[float], float]
"""A value for a moment, in seconds since 1970 UTC."""

HEATED = frozenset({"home", "shop and home", "flats", "school", "town hall", "office"})


@dataclass(frozen=True, slots=True)
class Station:
    """Where sensors are: at a building (gml:id), at a point of the town in metres, or moving."""

    key: str
    name: str
    building: str = ""
    point: tuple[float, float, float] | None = None
    moving: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """What is observed; `ucum` is the unit for machines, `grain` what a sensor may be wrong by."""

    observed_property: str
    unit: str
    ucum: str
    low: float
    high: float
    decimals: int
    period_s: float
    grain: float


@dataclass(frozen=True, slots=True)
class Sensor:
    """One property at one station, and how it runs."""

    key: str
    name: str
    station: Station
    kind: Kind
    curve: Curve

    @property
    def topic(self) -> str:
        """Where the sensor's messages are published."""
        return f"ellerhaven/{self.key}"

    def value(self, time_s: float) -> float:
        """The reading at a moment, within the sensor's range and rounded as it would report."""
        kind = self.kind
        said = self.curve(time_s) + kind.grain * grain(time_s, len(self.key))
        return round(min(max(said, kind.low), kind.high), kind.decimals)


HARBOUR_TRAM = Station("harbour-tram", "Harbour Tram 1 (simulated)", moving=True)

FINE_DUST = Kind("PM2.5", "µg/m³", "ug/m3", 0.0, 500.0, 1, 10.0, 0.5)
NITROGEN_DIOXIDE = Kind("NO2", "µg/m³", "ug/m3", 0.0, 1_000.0, 1, 10.0, 0.9)
SOUND = Kind("Sound level", "dB(A)", "dB", 20.0, 130.0, 1, 2.0, 0.6)
TRAFFIC = Kind("Traffic flow", "vehicles/h", "/h", 0.0, 5_000.0, 0, 10.0, 9.0)
TEMPERATURE = Kind("Air temperature", "°C", "Cel", -40.0, 50.0, 1, 10.0, 0.15)
WIND = Kind("Wind speed", "m/s", "m/s", 0.0, 75.0, 1, 4.0, 0.2)
WIND_DIRECTION = Kind("Wind direction", "°", "deg", 0.0, 360.0, 0, 4.0, 4.0)
RAIN = Kind("Rain", "mm/h", "mm/h", 0.0, 200.0, 2, 10.0, 0.0)
WATER = Kind("Water level above the mean", "m", "m", -3.0, 3.0, 2, 10.0, 0.015)
POWER = Kind("Electric power", "kW", "kW", 0.0, 2_000.0, 1, 4.0, 0.1)
HEAT = Kind("Heating power", "W/m²", "W/m2", 0.0, 150.0, 1, 60.0, 0.4)


@lru_cache
def sensors() -> tuple[Sensor, ...]:
    """All of them; those in the streets and of the weather first."""
    return (*_in_the_streets(), *_of_the_weather(), *_of_energy())


def _beside(line: tuple[Point, ...], along: float, side: float) -> tuple[float, float, float]:
    (x, y), (left_x, left_y) = at_length(line, along)
    x, y = x + left_x * side, y + left_y * side
    return (x, y, terrain.height_m(x, y))


def _in_the_streets() -> tuple[Sensor, ...]:
    crossing = Station(
        "market-crossing", "Market crossing", point=_beside(HARBOUR_STREET.line, 292.0, 4.6)
    )
    hall = Station("market-square", "Town Hall", building="ellerhaven-market-square-13")
    quay = Station("quay", "Warehouse 3", building="ellerhaven-the-quay-3")
    lighthouse = Station(
        "lighthouse-road", "Lighthouse Road", point=_beside(LIGHTHOUSE_ROAD.line, 62.0, -3.6)
    )
    gull = next(lane for lane in LANES if lane.name == "Gull Lane")
    lane = Station("gull-lane", "Gull Lane", point=_beside(gull.line, 96.0, 2.2))
    at_crossing, at_lighthouse = _ground(crossing), _ground(lighthouse)
    return (
        _sensor("market-square-air", "Fine dust", hall, FINE_DUST, street.fine_dust),
        _sensor("crossing-air", "Fine dust", crossing, FINE_DUST, street.fine_dust),
        _sensor("crossing-no2", "NO₂", crossing, NITROGEN_DIOXIDE, street.nitrogen_dioxide),
        _sensor(
            "crossing-traffic", "Traffic", crossing, TRAFFIC, partial(street.traffic, busiest=620.0)
        ),
        _sensor(
            "crossing-noise",
            "Noise",
            crossing,
            SOUND,
            partial(street.sound, point=at_crossing, busiest=620.0),
        ),
        _sensor(
            "lighthouse-traffic",
            "Traffic",
            lighthouse,
            TRAFFIC,
            partial(street.traffic, busiest=280.0),
        ),
        _sensor(
            "lighthouse-noise",
            "Noise",
            lighthouse,
            SOUND,
            partial(street.sound, point=at_lighthouse, busiest=280.0),
        ),
        _sensor(
            "gull-lane-noise",
            "Noise",
            lane,
            SOUND,
            partial(street.sound, point=_ground(lane), busiest=12.0),
        ),
        _sensor(
            "quay-noise",
            "Noise",
            quay,
            SOUND,
            partial(street.sound, point=street.QUAY, busiest=90.0),
        ),
    )


def _of_the_weather() -> tuple[Sensor, ...]:
    mast = Station("mole-light", "Mole Light", building="ellerhaven-the-mole-1")
    school = Station("school", "Harbour School", building="ellerhaven-school-green-1")
    gauge = Station("harbour-gauge", "Customs House", building="ellerhaven-the-quay-9")
    return (
        _sensor("mole-wind", "Wind", mast, WIND, weather.wind),
        _sensor(
            "mole-wind-direction", "Wind direction", mast, WIND_DIRECTION, weather.wind_direction
        ),
        _sensor("mole-rain", "Rain", mast, RAIN, weather.rain),
        _sensor("harbour-water", "Water level", gauge, WATER, weather.water_level),
        _sensor("school-temperature", "Air temperature", school, TEMPERATURE, weather.temperature),
        _sensor("school-power", "Electricity", school, POWER, energy.school_power),
        _sensor(
            "school-roof",
            "Solar cells",
            school,
            POWER,
            partial(energy.roof_power, square_metres=420.0),
        ),
    )


def _of_energy() -> tuple[Sensor, ...]:
    """The heat of every building that has heating."""
    heated = (building for building in town.build() if building.function in HEATED)
    return tuple(
        _sensor(
            f"heat-{gml_id(building).removeprefix('ellerhaven-')}",
            "Heat",
            Station(
                gml_id(building),
                building.name or f"{building.street} {building.number}",
                building=gml_id(building),
            ),
            HEAT,
            partial(energy.heat, year=building.year, worn=_worn(building)),
        )
        for building in heated
    )


def _worn(building: Building) -> float:
    """Every house has had its own fate: from well insulated, 0.3, to leaking, 1.4."""
    return 0.3 + 1.1 * (zlib.crc32(gml_id(building).encode()) % 1000) / 1000


def _ground(station: Station) -> Point:
    assert station.point is not None
    return station.point[:2]


def _sensor(key: str, what: str, station: Station, kind: Kind, curve: Curve) -> Sensor:
    return Sensor(key, f"{what}, {station.name} (simulated)", station, kind, curve)
