"""What holds across a sensor file, beyond the type of each field."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from . import topics
from .topics import THING
from .units import UnitError, conversion, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .sensor_file import DatastreamSettings, SensorFile, SourceSettings, ThingSettings

SCHEMES = {
    "mqtt": ("mqtt", "mqtts"),
    "sensorthings": ("http", "https"),
    "sensorthings-mqtt": ("mqtt", "mqtts"),
    "ngsi-ld": ("http", "https"),
    "pull": ("http", "https"),
    "gtfs-rt": ("http", "https"),
}
SENT_TO = ("ngsi-ld", "gtfs-rt")
"""Kinds that may also do without a url, where somebody with the token sends to them."""
MAPPED = ("mqtt", "push", "pull")
"""Kinds whose messages only the file explains; the others bring their own metadata."""
BY_COLUMN = ("push", "pull")
_POINTER = re.compile(r"(/([^~/]|~[01])*)*")


class Problem(NamedTuple):
    """What is wrong with a table of a section, by its `place` among them."""

    section: str
    place: int
    problem: str
    remedy: str | None = None


def check(file: SensorFile) -> Iterator[Problem]:
    """All problems of a file, by section."""
    if not file.datastream and not file.sources:
        yield Problem("file", 0, "it names neither a source nor a datastream", "name one")
    yield from _check_sources(file)
    yield from _check_things(file)
    kinds = {source.name: source.kind for source in file.sources}
    names = {name for thing in file.thing for name in (thing.key, *thing.aliases)}
    seen: set[str] = set()
    for index, entry in enumerate(file.datastream):
        for problem, remedy in _check_datastream(entry, kinds, names):
            yield Problem("datastream", index, f"datastream {entry.key!r}: {problem}", remedy)
        if entry.key in seen:
            problem = f"two datastreams have the key {entry.key!r}"
            yield Problem("datastream", index, problem, "rename one")
        seen.add(entry.key)
    for index, style in enumerate(file.style):
        if style.scale is not None and not _rises(style.scale):
            yield Problem("style", index, "the scale is empty", "write the lower end first")


def _check_sources(file: SensorFile) -> Iterator[Problem]:
    seen: set[str] = set()
    # That of [mqtt] comes first, and has no table among the others.
    for index, source in enumerate(file.sources, start=len(file.source) - len(file.sources)):
        if source.name in seen:
            yield Problem("source", index, f"two sources are called {source.name!r}", "rename one")
        seen.add(source.name)
        for problem in (_problem_of_url(source), _problem_of_zone(source)):
            if problem is not None:
                yield Problem("source", index, f"source {source.name!r}: {problem}")


def _problem_of_url(source: SourceSettings) -> str | None:
    schemes = SCHEMES.get(source.kind)
    if schemes is None:
        return f"one of kind {source.kind} is sent to, and has no url" if source.url else None
    if source.kind in SENT_TO and not source.url and source.token_env:
        return None
    if source.kind == "sensorthings-mqtt" and not source.things_url:
        return "its things_url must say where the service describes its things over HTTP"
    if not re.fullmatch(rf"({'|'.join(schemes)})://[^/@\s]+(/\S*)?", source.url):
        wanted = " or ".join(f"{scheme}://" for scheme in schemes)
        return f"its url must begin with {wanted} and hold no credentials"
    try:
        port, path = urlsplit(source.url).port, urlsplit(source.url).path
        if source.kind == "mqtt" and path.strip("/"):
            return "its url ends with the broker; topics are those of its datastreams"
    except ValueError as error:
        return f"its url can't be used: {error}"
    return None if port != 0 else "its url can't be used: there is no port 0"


def _problem_of_zone(source: SourceSettings) -> str | None:
    if not source.timezone:
        return None
    # Few files name one, and the module is slow to come.
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(source.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"nobody knows the time zone {source.timezone!r}, such as Europe/Madrid"
    return None


def _check_things(file: SensorFile) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, thing in enumerate(file.thing):
        for name in (thing.key, *thing.aliases):
            if name in seen:
                problem = f"two things have the key or alias {name!r}"
                yield Problem("thing", index, problem, "rename one")
            seen.add(name)
        if thing.position is not None and not _is_on_earth(thing):
            problem = f"thing {thing.key!r}: position must be [lon, lat] or [lon, lat, height]"
            yield Problem("thing", index, problem, "write degrees, the longitude first")
        if thing.feature and thing.moving:
            problem = f"thing {thing.key!r} hangs on a feature and moves"
            yield Problem("thing", index, problem, "leave one of the two out")


def _is_on_earth(thing: ThingSettings) -> bool:
    lon, lat, *height = thing.position or ()
    heights = all(-12_000 <= one <= 100_000 for one in height)
    return -180 <= lon <= 180 and -90 <= lat <= 90 and heights


def _check_datastream(
    entry: DatastreamSettings, kinds: Mapping[str, str], names: set[str]
) -> Iterator[tuple[str, str | None]]:
    kind = kinds.get(entry.source)
    if kind is None and (entry.source != "mqtt" or kinds):
        yield f"there is no source {entry.source!r}", "name one of the file's"
    if kind is not None and kind not in MAPPED:
        yield f"a source of kind {kind} brings its own datastreams", "leave this one out"
    if kind == "mqtt" or (kind is None and not kinds) or entry.topic:
        problem = topics.problem_of(entry.topic)
        if problem is not None:
            yield f"topic {entry.topic!r}: {problem}", None
    for name in ("value", "time", "thing_at", "unit_at"):
        text = getattr(entry, name) or ""
        if not _POINTER.fullmatch(text) and (kind not in BY_COLUMN or text.startswith("/")):
            yield f"{name} {text!r} is no JSON Pointer", "begin it with /"
    yield from _check_thing_of(entry, names)
    yield from _check_units(entry)
    if entry.range is not None and not _rises(entry.range):
        yield "the range is empty", "write the lower limit first"


def _check_thing_of(entry: DatastreamSettings, names: set[str]) -> Iterator[tuple[str, str | None]]:
    if entry.for_many != (THING in entry.key):
        yield "{thing} in the key goes with {thing} in the topic, or with thing_at", None
    if entry.for_many and (entry.thing or entry.feature):
        yield "the message says which thing it is about", "leave `thing` and `feature` out"
    if entry.thing and entry.feature:
        yield "the feature is that of the thing", "leave one of the two out"
    if not entry.thing and entry.key in names:
        yield "a thing is called like it", "say `thing` where it is one of that"
    if entry.thing and entry.thing not in names:
        yield f"there is no thing {entry.thing!r}", "name one of the file's"


def _check_units(entry: DatastreamSettings) -> Iterator[tuple[str, str | None]]:
    ucum = entry.target_ucum
    if not ucum and (entry.source_ucum or entry.unit_at is not None):
        yield f"nobody knows what {entry.unit!r} is in UCUM", "add `ucum`"
        return
    try:
        if ucum:
            parse(ucum)
        if entry.source_ucum:
            conversion(entry.source_ucum, ucum)
    except UnitError as error:
        yield f"{error}", None


def _rises(limits: tuple[float, float]) -> bool:
    return all(map(math.isfinite, limits)) and limits[0] < limits[1]
