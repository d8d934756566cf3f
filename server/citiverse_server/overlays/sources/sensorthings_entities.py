"""OGC SensorThings 1.1 (18-088) as JSON, understood: things, datastreams and observations.

Implements a subset of it: Datastreams with their Thing, its Locations in GeoJSON, and their
ObservedProperty; Observations with a number as result, one by one or as a dataArray. Results that
are no numbers are counted and left out; MultiDatastreams are not asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from ..instants import micros
from ..model import Datastream, Reality, Rejected, Thing
from ..reading import Observed
from .documents import entries, mapping, number, text
from .geometry import place
from .keys import key
from .unit_codes import of_measurement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from ..sensor_file import SourceSettings

_REALITIES: dict[str, Reality] = {one: one for one in get_args(Reality)}
_ID_IN_LINK = re.compile(r"Datastreams\((?P<id>[^()]{1,128})\)[^()]*$")


@dataclass(frozen=True, slots=True)
class Described:
    """A datastream with its thing; `id` as the service writes it in links: 5, or 'air'."""

    id: str
    thing: Thing
    datastream: Datastream


def literal(identifier: object) -> str:
    """An id as it stands in a URL (OData 4.0): numbers bare, texts in quotes; "" if it is none."""
    if isinstance(identifier, bool) or not isinstance(identifier, int | str) or identifier == "":
        return ""
    if isinstance(identifier, int):
        return str(identifier)
    return "'" + identifier[:128].replace("'", "''") + "'"


def described(entity: object, source: SourceSettings) -> Described | None:
    """A Datastream whose Thing, Locations and ObservedProperty are expanded; None if it is none."""
    found = mapping(entity)
    thing_json = mapping(found.get("Thing"))
    name, thing_name = literal(found.get("@iot.id")), literal(thing_json.get("@iot.id"))
    if not name or not thing_name:
        return None
    thing = _thing(thing_json, key(source.name, "thing", thing_name.strip("'")), source)
    observed = mapping(found.get("ObservedProperty"))
    unit = of_measurement(found.get("unitOfMeasurement"))
    called = text(found.get("name")) or f"Datastream {name}"
    datastream = Datastream(
        key=datastream_key(source, name),
        name=called,
        observed_property=text(observed.get("name")) or called,
        unit=unit.text,
        feature=thing.feature,
        stale_after_s=source.first_stale_after_s,
        is_pace_unsaid=source.stale_after_s is None,
        range=None,
        thing=thing.key,
        ucum=unit.ucum,
        definition=text(observed.get("definition"), 2048),
    )
    return Described(name, thing, datastream)


def datastream_key(source: SourceSettings, name: str) -> str:
    """Our key of the datastream with this id in links."""
    return key(source.name, name.strip("'"))


def _thing(found: object, name: str, source: SourceSettings) -> Thing:
    entity, defaults = mapping(found), source.thing_defaults
    places = (
        place(mapping(one).get("location")) for one in entries(mapping(found).get("Locations"))
    )
    link = text(entity.get("@iot.selfLink"), 1024)
    properties = mapping(entity.get("properties"))
    return Thing(
        key=name,
        name=text(entity.get("name")) or name,
        description=text(entity.get("description"), 2048),
        feature=text(properties.get("feature") or properties.get("cityObject"), 1024),
        position=next((one for one in places if one is not None), None),
        aliases=(link,) if link else (),
        owner=text(properties.get("owner")) or defaults.owner,
        licence=text(properties.get("licence")) or defaults.licence,
        attribution=text(properties.get("attribution")) or defaults.attribution,
        reality=_REALITIES.get(text(properties.get("reality")), defaults.reality),
    )


def observations(
    page: object, source: SourceSettings, zone: tzinfo | None
) -> Iterator[Observed | Rejected]:
    """Those of one answer, in either form."""
    for entry in entries(mapping(page).get("value")):
        if "dataArray" in mapping(entry):
            yield from _of_array(mapping(entry), source, zone)
        else:
            name = literal(mapping(mapping(entry).get("Datastream")).get("@iot.id"))
            yield (
                observation(entry, datastream_key(source, name), zone)
                if name
                else Rejected.UNKNOWN_DATASTREAM
            )


def observation(entity: object, datastream: str, zone: tzinfo | None) -> Observed | Rejected:
    """One Observation of a datastream that is known."""
    found = mapping(entity)
    return _observed(datastream, found.get("result"), found.get("phenomenonTime"), zone)


def _of_array(
    group: object, source: SourceSettings, zone: tzinfo | None
) -> Iterator[Observed | Rejected]:
    """A group of a dataArray (SensorThings 1.1, 12.1): rows by `components`."""
    found = mapping(group)
    link = _ID_IN_LINK.search(text(found.get("Datastream@iot.navigationLink"), 2048))
    inside = literal(mapping(found.get("Datastream")).get("@iot.id"))
    name = inside or (link["id"] if link else "")
    components = [text(one) for one in entries(found.get("components"))]
    if not name or not {"result", "phenomenonTime"} <= set(components):
        yield Rejected.UNKNOWN_DATASTREAM
        return
    result, time = components.index("result"), components.index("phenomenonTime")
    datastream = datastream_key(source, name)
    for row in entries(found.get("dataArray")):
        values = entries(row)
        if len(values) != len(components):
            yield Rejected.UNREADABLE
        else:
            yield _observed(datastream, values[result], values[time], zone)


def _observed(
    datastream: str, result: object, time: object, zone: tzinfo | None
) -> Observed | Rejected:
    value = number(result)
    if value is None:
        return Rejected.NO_VALUE
    time_us = micros(time, zone)
    return Rejected.BAD_TIME if time_us is None else Observed(datastream, value, time_us)
