"""Entities as context brokers tell them, understood: a thing, and what was observed there.

Implements a subset of NGSI-LD (ETSI GS CIM 009, 4.5 and 5.2): Property, GeoProperty and what stands
in their place in the simplified (key-values) and the concise representation; the GeoJSON one; the
normalized one of NGSIv2. @context is not expanded: of long names the last part counts.

Real entities write times without zone, intervals "a/b", ids that end with the time of observation
(each hour another), several lanes of one street as entities of one name, and truth for numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..instants import micros
from ..model import Datastream, Rejected, Thing
from .documents import mapping, number, text
from .geometry import place
from .keys import key
from .smart_data_models import NO_OBSERVATIONS, Attribute, attributes_of
from .unit_codes import by_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import tzinfo

    from ..sensor_file import SourceSettings

MAX_ATTRIBUTES = 256
TIMES = (
    "dateObservedTo",
    "dateObserved",
    "observationDateTime",
    "dateObservedFrom",
    "TimeInstant",
    "modifiedAt",
    "dateModified",
)
"""Where the time of an observation stands, the surest first."""
_TIME_AT_END = re.compile(r"[-:_/]?\d{4}-\d\d-\d\dT[\dTZ:.+_/-]*$")
_SHORT = re.compile(r"[^/#:]*$")
_NGSI_URN = re.compile(r"^(?:urn:ngsi(?:-ld)?:(?:[A-Za-z]+:)?)+(?=.)")


@dataclass(frozen=True, slots=True)
class Value:
    """One attribute that is an observation, or why it is none."""

    datastream: Datastream
    value: float
    time_us: int


@dataclass(frozen=True, slots=True)
class Understood:
    """One entity; `values` has for each attribute with an observation that, or why it is none."""

    thing: Thing
    values: tuple[Value | Rejected, ...]


@dataclass(frozen=True, slots=True)
class _Context:
    """What holds for all attributes of an entity; `lane` is "" where it isn't one of a street's."""

    source: SourceSettings
    zone: tzinfo | None
    thing: Thing
    stable: str
    time_us: int | None
    lane: str


def understood(
    entity: object, source: SourceSettings, zone: tzinfo | None
) -> Understood | Rejected | None:
    """What an entity says; None where its type isn't asked for.

    `zone` is that of times which don't name theirs.
    """
    found = _plain(mapping(entity))
    identifier, kind = text(found.get("id"), 1024), _short(text(found.get("type")))
    if not identifier or not kind:
        return Rejected.UNREADABLE
    if source.types and kind not in {_short(one) for one in source.types}:
        return None
    stable = _TIME_AT_END.sub("", identifier) or identifier
    thing = _thing(found, stable, source)
    lane = number(_value(found.get("laneId")))
    context = _Context(
        source,
        zone,
        thing,
        stable,
        time_us=_time(found, zone),
        lane="" if lane is None else f"{lane:g}",
    )
    named = _attributes(found, kind, source)
    values = tuple(_observed(attribute, found[name], context) for name, attribute in named)
    return Understood(thing, values)


def _plain(entity: Mapping[str, object]) -> Mapping[str, object]:
    """The entity, if it comes as a GeoJSON Feature with its attributes inside."""
    if entity.get("type") != "Feature":
        return entity
    inside = mapping(entity.get("properties"))
    return {"location": entity.get("geometry"), **inside, "id": entity.get("id")}


def _short(name: str) -> str:
    found = _SHORT.search(name)
    return found[0] if found else name


def _value(attribute: object) -> object:
    """What an attribute says, in any representation."""
    if isinstance(attribute, list) and attribute and isinstance(attribute[0], dict):
        # Several instances of one Property (4.5.5): that without a datasetId is the default.
        plain = [one for one in attribute if isinstance(one, dict) and "datasetId" not in one]
        attribute = (plain or attribute)[0]
    for _ in range(2):
        found = mapping(attribute)
        if "value" in found:
            attribute = found["value"]
        elif "@value" in found:
            attribute = found["@value"]
    return attribute


def _thing(found: Mapping[str, object], stable: str, source: SourceSettings) -> Thing:
    defaults = source.thing_defaults
    address = mapping(_value(found.get("address")))
    return Thing(
        key=key(source.name, stable),
        name=(
            text(_value(found.get("name")))
            or text(address.get("streetAddress"))
            or text(_value(found.get("areaServed")))
            or _NGSI_URN.sub("", stable)[-256:]
        ),
        description=text(_value(found.get("description")), 2048),
        position=place(_value(found.get("location"))),
        aliases=(stable,),
        owner=defaults.owner,
        licence=text(_value(found.get("license"))) or defaults.licence,
        attribution=(
            defaults.attribution
            or text(_value(found.get("dataProvider")))
            or text(_value(found.get("source")))
        ),
        reality=defaults.reality,
    )


def _time(found: Mapping[str, object], zone: tzinfo | None) -> int | None:
    """When the entity was observed; a time that names its zone comes before one that doesn't."""
    said = [_value(found[name]) for name in TIMES if name in found]
    for one in (None, zone):
        for value in said:
            time_us = micros(value, one)
            if time_us is not None:
                return time_us
    return None


def _attributes(
    found: Mapping[str, object], kind: str, source: SourceSettings
) -> Iterator[tuple[str, Attribute]]:
    """The names in the entity that are observed, with what is known of them."""
    known = attributes_of(kind)
    wanted = {one.lower() for one in source.attributes}
    for name in list(found)[:MAX_ATTRIBUTES]:
        plain = _short(name).lower()
        if wanted and plain not in wanted:
            continue
        if known is not None and not wanted and plain not in known:
            continue
        attribute = (known or {}).get(plain, Attribute(_short(name), _short(name)))
        if known is not None or wanted or _is_measured(plain, found[name]):
            yield name, attribute


def _is_measured(name: str, attribute: object) -> bool:
    return name not in NO_OBSERVATIONS and number(_value(attribute)) is not None


def _observed(attribute: Attribute, said: object, context: _Context) -> Value | Rejected:
    value = number(_value(said))
    if value is None:
        return Rejected.NO_VALUE
    details = mapping(said[0] if isinstance(said, list) and said else said)
    metadata = mapping(details.get("metadata"))
    at = _value(details.get("observedAt", metadata.get("TimeInstant")))
    time_us = context.time_us if at is None else micros(at, context.zone)
    if time_us is None:
        return Rejected.UNKNOWN_TIME if at is None else Rejected.BAD_TIME
    code = _value(details.get("unitCode", metadata.get("unitCode")))
    unit = attribute.unit if code is None else by_code(code)
    lane, thing, source = context.lane, context.thing, context.source
    names = (context.stable, attribute.name, *((f"lane{lane}",) if lane else ()))
    words = (attribute.observed_property, thing.name, *((f"lane {lane}",) if lane else ()))
    datastream = Datastream(
        key=key(source.name, *names),
        name=", ".join(words),
        observed_property=attribute.observed_property,
        unit=unit.text,
        feature=thing.feature,
        stale_after_s=source.first_stale_after_s,
        is_pace_unsaid=source.stale_after_s is None,
        range=None,
        thing=thing.key,
        ucum=unit.ucum,
    )
    return Value(datastream, value, time_us)
