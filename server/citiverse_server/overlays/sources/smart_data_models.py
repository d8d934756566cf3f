"""What entities of the Smart Data Models observe: attributes by type, with the unit each implies.

Implements a subset: the attributes with numbers of four types. Where an attribute says its own
`unitCode`, that holds; a model that leaves the unit to it (gases, dust) has none here.
"""

from __future__ import annotations

from typing import NamedTuple

from . import unit_codes as units
from .unit_codes import Unit


class Attribute(NamedTuple):
    """Its name in the data model, what it observes in words, and its unit unless it says so."""

    name: str
    observed_property: str
    unit: Unit = units.NONE


_AIR_AND_WEATHER = (
    Attribute("temperature", "air temperature", units.CELSIUS),
    Attribute("relativeHumidity", "relative humidity", units.SHARE),
    Attribute("windSpeed", "wind speed", units.METRES_PER_SECOND),
    Attribute("windDirection", "wind direction", units.DEGREES),
    Attribute("precipitation", "precipitation", units.MILLIMETRES),
)

AIR_QUALITY_OBSERVED = (
    Attribute("pm1", "PM1"),
    Attribute("pm25", "PM2.5"),
    Attribute("pm4", "PM4"),
    Attribute("pm10", "PM10"),
    Attribute("tsp", "total suspended particles"),
    Attribute("no", "NO"),
    Attribute("no2", "NO2"),
    Attribute("nox", "NOx"),
    Attribute("o3", "O3"),
    Attribute("so2", "SO2"),
    Attribute("co", "CO"),
    Attribute("co2", "CO2"),
    Attribute("nh3", "NH3"),
    Attribute("h2s", "H2S"),
    Attribute("c6h6", "benzene"),
    Attribute("airQualityIndex", "air quality index"),
    *_AIR_AND_WEATHER,
)

WEATHER_OBSERVED = (
    *_AIR_AND_WEATHER,
    Attribute("atmosphericPressure", "air pressure", units.HECTOPASCALS),
    Attribute("dewPoint", "dew point", units.CELSIUS),
    Attribute("feelsLikeTemperature", "felt temperature", units.CELSIUS),
    Attribute("solarRadiation", "solar radiation", Unit("W/m²", "W/m2")),
    Attribute("illuminance", "illuminance", units.LUX),
    Attribute("gustSpeed", "gust speed", units.METRES_PER_SECOND),
    Attribute("snowHeight", "snow height", Unit("cm", "cm")),
    Attribute("uVIndexMax", "UV index", units.SHARE),
)

NOISE_LEVEL_OBSERVED = (
    Attribute("LAeq", "sound level", units.DECIBELS),
    Attribute("LAS", "sound level, slow", units.DECIBELS),
    Attribute("LAmax", "loudest sound level", units.DECIBELS),
    Attribute("LAeq_d", "sound level by day", units.DECIBELS),
    Attribute("LAeq_e", "sound level in the evening", units.DECIBELS),
    Attribute("LAeq_n", "sound level at night", units.DECIBELS),
)

TRAFFIC_FLOW_OBSERVED = (
    Attribute("intensity", "traffic intensity", units.VEHICLES),
    Attribute("occupancy", "traffic occupancy", units.SHARE),
    Attribute("averageVehicleSpeed", "vehicle speed", units.KILOMETRES_PER_HOUR),
    Attribute("averageVehicleLength", "vehicle length", units.METRES),
    Attribute("averageHeadwayTime", "headway time", units.SECONDS),
)

TYPES = (
    ("AirQualityObserved", AIR_QUALITY_OBSERVED),
    ("NoiseLevelObserved", NOISE_LEVEL_OBSERVED),
    ("TrafficFlowObserved", TRAFFIC_FLOW_OBSERVED),
    ("WeatherObserved", WEATHER_OBSERVED),
)

NO_OBSERVATIONS = frozenset({"laneid", "reliability", "priority", "accuracy"})
"""Numbers of other types that are no observations, in lower case."""


def attributes_of(kind: str) -> dict[str, Attribute] | None:
    """The attributes of a type by their names in lower case, as real data write `CO` and `co`.

    None for a type that isn't here: then every attribute with a number is an observation.
    """
    known = dict(TYPES).get(kind)
    return None if known is None else {one.name.lower(): one for one in known}
