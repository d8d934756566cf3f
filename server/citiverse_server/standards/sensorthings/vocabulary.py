"""The eight entity types of OGC SensorThings 1.1 (18-088, 8.2): what they have and link to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Type(Enum):
    """What a value can be compared with; `JSON` is what a document holds, known when it is seen."""

    NUMBER = auto()
    TEXT = auto()
    TIME = auto()
    DURATION = auto()
    TRUTH = auto()
    SHAPE = auto()
    JSON = auto()


@dataclass(frozen=True, slots=True)
class Link:
    """A navigation property: to one entity, or to `many`."""

    name: str
    target: str
    many: bool


@dataclass(frozen=True, slots=True)
class EntityType:
    """`set_name` is that of all entities of the type; properties stand in the standard's order."""

    name: str
    set_name: str
    properties: dict[str, Type]
    links: dict[str, Link]


def _type(name: str, set_name: str, properties: dict[str, Type], *links: Link) -> EntityType:
    return EntityType(name, set_name, properties, {link.name: link for link in links})


def _one(target: str) -> Link:
    return Link(target, target, many=False)


def _many(name: str, target: str) -> Link:
    return Link(name, target, many=True)


_TOLD = {"name": Type.TEXT, "description": Type.TEXT}
_MORE = {"properties": Type.JSON}

TYPES = (
    _type(
        "Thing",
        "Things",
        _TOLD | _MORE,
        _many("Locations", "Location"),
        _many("HistoricalLocations", "HistoricalLocation"),
        _many("Datastreams", "Datastream"),
    ),
    _type(
        "Location",
        "Locations",
        _TOLD | {"encodingType": Type.TEXT, "location": Type.SHAPE} | _MORE,
        _many("Things", "Thing"),
        _many("HistoricalLocations", "HistoricalLocation"),
    ),
    _type(
        "HistoricalLocation",
        "HistoricalLocations",
        {"time": Type.TIME},
        _one("Thing"),
        _many("Locations", "Location"),
    ),
    _type(
        "Datastream",
        "Datastreams",
        _TOLD
        | {
            "unitOfMeasurement": Type.JSON,
            "observationType": Type.TEXT,
            "observedArea": Type.SHAPE,
        }
        | _MORE,
        _one("Thing"),
        _one("Sensor"),
        _one("ObservedProperty"),
        _many("Observations", "Observation"),
    ),
    _type(
        "Sensor",
        "Sensors",
        _TOLD | {"encodingType": Type.TEXT, "metadata": Type.TEXT} | _MORE,
        _many("Datastreams", "Datastream"),
    ),
    _type(
        "ObservedProperty",
        "ObservedProperties",
        {"name": Type.TEXT, "definition": Type.TEXT, "description": Type.TEXT} | _MORE,
        _many("Datastreams", "Datastream"),
    ),
    _type(
        "Observation",
        "Observations",
        {
            "phenomenonTime": Type.TIME,
            "result": Type.NUMBER,
            "resultTime": Type.TIME,
            "resultQuality": Type.JSON,
        },
        _one("Datastream"),
        _one("FeatureOfInterest"),
    ),
    _type(
        "FeatureOfInterest",
        "FeaturesOfInterest",
        _TOLD | {"encodingType": Type.TEXT, "feature": Type.SHAPE} | _MORE,
        _many("Observations", "Observation"),
    ),
)
BY_NAME = {one.name: one for one in TYPES}
BY_SET = {one.set_name: one for one in TYPES}
IDS = ("id", "@iot.id")
"""Both names that a request may give an identity."""
