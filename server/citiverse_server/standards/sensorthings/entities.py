"""What each entity says of itself: JSON objects without identity and links (OGC 18-088, 8.2)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from ...overlays.instants import rfc3339
from . import ROOT

if TYPE_CHECKING:
    from ...overlays.model import Datastream, Quality, Thing

Properties = dict[str, object]

GEOJSON = "application/geo+json"
MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"


@dataclass(frozen=True, slots=True)
class Place:
    """Degrees, metres above the ellipsoid or NaN; `time_us` is when a moving thing was there."""

    lon: float
    lat: float
    height: float = math.nan
    time_us: int | None = None


@dataclass(frozen=True, slots=True)
class Feature:
    """What is observed: a CityObject by its identity, in the scenes that have it, or a thing."""

    id: str
    identity: str
    thing: Thing
    scenes: tuple[str, ...]
    place: Place | None


def thing(one: Thing) -> Properties:
    """A Thing (8.2.1); who answers for it is in `properties`."""
    return {
        "name": one.name,
        "description": one.description or one.name,
        "properties": _known(
            {
                "status": one.status,
                "reality": one.reality,
                "moving": one.moving or None,
                "owner": one.owner,
                "licence": one.licence,
                "attribution": one.attribution,
                "aliases": list(one.aliases),
                "publicKey": one.public_key,
                "cityObject": one.feature,
            }
        ),
    }


def location(one: Thing, place: Place | None) -> Properties:
    """A Location (8.2.2): where a thing is, as GeoJSON."""
    return {
        "name": one.name,
        "description": f"Where {one.name} {'was last' if one.moving else 'is'}",
        "encodingType": GEOJSON,
        "location": point(place),
    }


def historical_location(place: Place | None) -> Properties:
    """A HistoricalLocation (8.2.3): when a moving thing was where it was last."""
    return {"time": None if place is None or place.time_us is None else rfc3339(place.time_us)}


def sensor(one: Thing, root: str) -> Properties:
    """A Sensor (8.2.5): whatever observes at a thing, told by its W3C WoT Thing Description."""
    return {
        "name": one.name,
        "description": f"What observes at {one.name}",
        "encodingType": "application/td+json",
        "metadata": f"{root.removesuffix(ROOT)}/wot/{quote(one.key, safe='')}",
    }


def observed_property(one: Datastream, root: str, key: str) -> Properties:
    """An ObservedProperty (8.2.6); where nobody defines it, its own address stands for it."""
    return {
        "name": one.observed_property,
        "definition": one.definition or f"{root}/ObservedProperties({quoted(key)})",
        "description": one.observed_property,
    }


def datastream(one: Datastream, owner: Thing, place: Place | None) -> Properties:
    """A Datastream (8.2.4); its unit is null three times where there is none."""
    return {
        "name": one.name,
        "description": f"{one.observed_property}: {one.name}",
        "unitOfMeasurement": {
            "name": one.unit or None,
            "symbol": one.unit or None,
            "definition": f"ucum:{one.ucum}" if one.ucum else None,
        },
        "observationType": MEASUREMENT,
        **({} if place is None or owner.moving else {"observedArea": point(place)}),
        "properties": _known(
            {
                "licence": owner.licence,
                "attribution": owner.attribution,
                "reality": owner.reality,
                "definition": one.definition,
                "range": None if one.range is None else list(one.range),
                "periodSeconds": one.period_s or None,
                "staleAfterSeconds": one.stale_after_s,
            }
        ),
    }


def feature_of_interest(one: Feature, root: str) -> Properties:
    """A FeatureOfInterest (8.2.8): with the way to the CityObject in each scene that has it."""
    asked = quote(one.identity, safe="")
    host = root.removesuffix(ROOT)
    return {
        "name": one.identity or one.thing.name,
        "description": f"What {one.thing.name} is about",
        "encodingType": GEOJSON,
        "feature": point(one.place),
        "properties": _known(
            {
                "cityObject": one.identity,
                "scenes": list(one.scenes),
                "features": [f"{host}/scenes/{scene}/features?id={asked}" for scene in one.scenes],
            }
        ),
    }


def quality_words(quality: Quality) -> list[str]:
    """What speaks against a value, in words; empty where nothing does."""
    return [str(flag.name).lower() for flag in quality]


def point(place: Place | None) -> Properties:
    """GeoJSON (RFC 7946, 3.1.2); where nobody knows the place, a feature without a geometry."""
    if place is None:
        return {"type": "Feature", "geometry": None, "properties": {}}
    height = [] if math.isnan(place.height) else [place.height]
    return {"type": "Point", "coordinates": [place.lon, place.lat, *height]}


def quoted(key: str) -> str:
    """An identity as it stands in an address, percent-encoded where it must be."""
    return "'" + quote(key.replace("'", "''"), safe="'!$()*,:;=@~+-._") + "'"


def _known(properties: Properties) -> Properties:
    """Without what nobody says."""
    return {name: value for name, value in properties.items() if value not in (None, "", [])}
