"""A thing in the words of WoT Thing Description 1.1 (W3C Recommendation, 5 December 2023).

Properties have the names of the NGSI-LD attributes, and the thing has the identity of the entity.
Each property is an object, as a number without its time and quality could be taken for a live one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from ...overlays.instants import rfc3339
from ..ngsi_ld.latest import QUALITIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...overlays.model import Datastream, Thing
    from ..ngsi_ld.directory import Entry
    from ..ngsi_ld.entity import Attribute, Json

TD = "https://www.w3.org/2022/wot/td/v1.1"
JSON = "application/json"
MEDIA_TYPE = "application/td+json"


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing as an entity, and where CityObjects that bear it are told of: paths on this server.

    `pages` are of people, `features` of programs.
    """

    thing: Thing
    entry: Entry
    datastreams: Mapping[int, Datastream]
    pages: tuple[str, ...] = ()
    features: tuple[str, ...] = ()


def description(subject: Subject, root: str) -> dict[str, Json]:
    """The Thing Description; `root` is the address of the server, without a slash at its end."""
    thing, entry = subject.thing, subject.entry
    told: dict[str, Json] = {
        "@context": [TD, {"@language": "en", "schema": "https://schema.org/"}],
        "id": entry.id,
        "title": thing.name,
        "base": f"{root}{place_of(thing.key)}/",
        "securityDefinitions": {"open": {"scheme": "nosec"}},
        "security": "open",
    }
    if thing.description:
        told["description"] = thing.description
    told["properties"] = {
        name: _property(name, subject.datastreams[row]) for name, row in entry.measured.items()
    }
    told["forms"] = [{"op": "readallproperties", "href": "properties", "contentType": JSON}]
    told["links"] = _links(subject, root)
    return told | _provenance(subject)


def observation(attribute: Attribute) -> dict[str, Json]:
    """What a property says now, as `description` has it."""
    quality = attribute.part("quality")
    said = [] if quality is None or isinstance(quality.value, str) else quality.value
    return {
        "value": attribute.value,
        "time": rfc3339(attribute.observed_us or 0),
        "quality": said,
    }


def place_of(key: str) -> str:
    """The path of a thing's description on this server."""
    return f"/wot/{quote(key, safe='')}"


def _property(name: str, datastream: Datastream) -> dict[str, Json]:
    unit = datastream.ucum or datastream.unit
    value: dict[str, Json] = {"type": "number"}
    if unit:
        value["unit"] = unit
    if datastream.range is not None:
        value["minimum"], value["maximum"] = datastream.range
    told: dict[str, Json] = {
        "title": datastream.name,
        "description": f"{datastream.observed_property}, the latest observation",
        "type": "object",
        "readOnly": True,
        "observable": True,
        "properties": {
            "value": value,
            "time": {"type": "string", "format": "date-time"},
            "quality": {
                "type": "array",
                "description": "What speaks against the value; empty where nothing does",
                "items": {"type": "string", "enum": list(QUALITIES)},
            },
        },
        "required": ["value", "time", "quality"],
        "forms": [
            {
                "href": f"properties/{quote(name, safe='')}",
                "op": "readproperty",
                "contentType": JSON,
            },
            {
                "href": f"properties/{quote(name, safe='')}/events",
                "op": ["observeproperty", "unobserveproperty"],
                "subprotocol": "sse",
                "contentType": JSON,
            },
        ],
    }
    if unit:
        told["unit"] = unit
    if datastream.definition:
        told["schema:sameAs"] = datastream.definition
    return told


def _links(subject: Subject, root: str) -> list[Json]:
    entity = f"{root}/ngsi-ld/v1/entities/{quote(subject.entry.id, safe='')}"
    links: list[Json] = [{"rel": "alternate", "href": entity, "type": "application/ld+json"}]
    links += [{"rel": "about", "href": root + one, "type": JSON} for one in subject.features]
    links += [
        {"rel": "alternate", "href": root + one, "type": "text/html"} for one in subject.pages
    ]
    return links


def _provenance(subject: Subject) -> dict[str, Json]:
    """Licence, source, owner and place, in the words of schema.org."""
    thing, position = subject.thing, subject.entry.position
    told: dict[str, Json] = {
        name: said
        for name, said in (
            ("schema:license", thing.licence),
            ("schema:creditText", thing.attribution),
            ("schema:maintainer", thing.owner),
            ("schema:identifier", list(thing.aliases)),
            ("schema:creativeWorkStatus", thing.reality),
        )
        if said
    }
    if position is not None:
        lon, lat, height = position
        geo: dict[str, Json] = {
            "@type": "schema:GeoCoordinates",
            "schema:longitude": lon,
            "schema:latitude": lat,
        }
        if not math.isnan(height):
            geo["schema:elevation"] = height
        told["schema:geo"] = geo
    return told
