"""The sensor file: what a city listens to, and what it means (docs/contract/sensors.md)."""

from __future__ import annotations

import difflib
import math
import os
import re
import tomllib
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import msgspec.structs
from msgspec import Meta, Struct

from ..errors import ConfigError
from ..protocol import StyleInfo
from .model import Datastream, Reality, Thing
from .sensor_file_check import check
from .topics import THING
from .units import ucum_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SourceKind = Literal[
    "mqtt", "sensorthings", "sensorthings-mqtt", "ngsi-ld", "push", "pull", "gtfs-rt"
]
Look = Literal["pin", "column", "surface", "field", "vehicle"]
Palette = Literal["cividis", "viridis", "magma", "blues", "oranges", "blue-orange"]

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
Key = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,254}$")]
KeyOrPattern = Annotated[str, Meta(pattern=r"^([A-Za-z0-9._:-]|\{thing\})+$", max_length=255)]
Text = Annotated[str, Meta(min_length=1, max_length=256)]
Unit = Annotated[str, Meta(max_length=64)]
Feature = Annotated[str, Meta(max_length=1024)]
Topic = Annotated[str, Meta(max_length=1024, pattern=r"^[^\x00]*$")]
Pointer = Annotated[str, Meta(pattern=r"^(/([^~/]|~[01])*)*$", max_length=256)]
Field = Annotated[str, Meta(max_length=256)]
"""A JSON Pointer (RFC 6901), or, where the source is push or pull, the name of a column."""
Header = Annotated[str, Meta(pattern=r"^([A-Za-z][A-Za-z0-9-]{0,63})?$")]
Variable = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,126}$")]
Zone = Annotated[str, Meta(pattern=r"^([A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2})?$", max_length=64)]
"""A name of the time zone database, such as Europe/Madrid."""
Word = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_.:/#-]*$", max_length=256)]
Receiver = Annotated[str, Meta(pattern=r"^[^/@\s:]+:[0-9]{1,5}$|^\[[0-9a-fA-F:]+\]:[0-9]{1,5}$")]
Seconds = Annotated[float, Meta(gt=0.0, le=31_536_000.0)]
Days = Annotated[int, Meta(ge=0, le=36_500)]


STALE_AFTER_S = 300.0
"""From what age on a value is stale, where neither that nor its period is said nor learned."""
STALE_AFTER_BROUGHT_S = 7200.0
"""The same of datastreams that a source brings itself."""


class ThingDefaults(Struct, frozen=True, forbid_unknown_fields=True):
    """What holds for every thing of a source that says nothing else."""

    licence: str = ""
    attribution: str = ""
    owner: str = ""
    reality: Reality = "measured"


class ThingsAt(Struct, frozen=True, forbid_unknown_fields=True):
    """`[source.things]`: where each record of a push or pull says which thing it is about.

    `key` is what it is called, `name` its name for people; `lon` and `lat` its degrees.
    """

    key: Field
    name: Field = ""
    lon: Field = ""
    lat: Field = ""


class SourceSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[[source]]`: where readings come from.

    `every_s` is how often one is asked that doesn't speak by itself, `token_env` the environment
    variable with its credential, `token_header` the header that carries it where that is no bearer
    token, `each` the place of the list in the answer of a pull, `delimiter` what parts the columns
    of its CSV. `timezone` is that of times which don't name theirs, and `stale_after_s` holds for
    datastreams that a source brings itself. `client_id` lets a broker keep what comes while the
    server is away; `version` is that of MQTT, by default 5, and 3.1.1 where the broker doesn't know
    it. `things` lets records of a push or pull bring things, which `thing_at` of datastreams then
    finds. `things_url` is where a SensorThings service describes over HTTP what it tells by MQTT.
    `types` and `attributes` are those asked for of NGSI-LD; at `notify_url` the context broker
    finds this server.
    """

    name: Name
    kind: SourceKind
    url: Annotated[str, Meta(max_length=2048)] = ""
    every_s: Seconds = 60.0
    token_env: Variable | None = None
    token_header: Header = ""
    each: Pointer = ""
    delimiter: Annotated[str, Meta(min_length=1, max_length=1)] = ","
    timezone: Zone = ""
    stale_after_s: Seconds | None = None
    client_id: Annotated[str, Meta(max_length=128)] = ""
    version: Literal["", "3.1.1", "5"] = ""
    things: ThingsAt | None = None
    things_url: Annotated[str, Meta(pattern=r"^(https?://[^/@\s]+(/\S*)?)?$", max_length=2048)] = ""
    types: Annotated[tuple[Word, ...], Meta(max_length=64)] = ()
    attributes: Annotated[tuple[Word, ...], Meta(max_length=256)] = ()
    notify_url: Annotated[str, Meta(pattern=r"^(https?://[^/@\s]+(/\S*)?)?$", max_length=2048)] = ""
    thing_defaults: ThingDefaults = ThingDefaults()

    @property
    def first_stale_after_s(self) -> float:
        """The same for now, where it is left to be learned."""
        return self.stale_after_s or STALE_AFTER_BROUGHT_S


class MqttSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[mqtt]`: short for one source of kind mqtt named mqtt."""

    url: Annotated[str, Meta(pattern=r"^mqtts?://[^/@\s]+$")]


class ThingSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[[thing]]`: at a CityObject (`feature`), at a place (`position`), or moving.

    `position` is [lon, lat] in degrees, or [lon, lat, metres above the ellipsoid].
    """

    key: Key
    name: Text
    description: Annotated[str, Meta(max_length=2048)] = ""
    feature: Feature = ""
    position: Annotated[tuple[float, ...], Meta(min_length=2, max_length=3)] | None = None
    moving: bool = False
    aliases: Annotated[tuple[Text, ...], Meta(max_length=16)] = ()
    owner: str | None = None
    status: Literal["active", "retired"] = "active"
    public_key: Annotated[str, Meta(max_length=2048)] = ""
    licence: str | None = None
    attribution: str | None = None
    reality: Reality | None = None

    def thing(self, defaults: ThingDefaults) -> Thing:
        """The thing, with what its source says where it says nothing itself."""
        place = self.position
        return Thing(
            key=self.key,
            name=self.name,
            description=self.description,
            feature=self.feature,
            position=None if place is None else (place[0], place[1], (*place, math.nan)[2]),
            moving=self.moving,
            aliases=self.aliases,
            owner=defaults.owner if self.owner is None else self.owner,
            status=self.status,
            public_key=self.public_key,
            licence=defaults.licence if self.licence is None else self.licence,
            attribution=defaults.attribution if self.attribution is None else self.attribution,
            reality=self.reality or defaults.reality,
        )


class DatastreamSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[[datastream]]`: one value on one topic, or with `{thing}` one of each of many things.

    `{thing}` stands for one level of the topic, which names the thing; where the message names it,
    `thing_at` says where. `key` and `name` then hold `{thing}`, too: its key and its name.
    `source_ucum` is the unit of the message where it isn't `ucum`; `unit_at`, where it says it.
    `only` names what a message says that has this value: others are about something else.
    """

    key: KeyOrPattern
    name: Text
    observed_property: Text
    unit: Unit
    source: Name = "mqtt"
    topic: Topic = ""
    value: Field = ""
    time: Field | None = None
    thing: str = ""
    thing_at: Field | None = None
    feature: Feature = ""
    range: tuple[float, float] | None = None
    stale_after_s: Seconds | None = None
    period_s: Annotated[float, Meta(ge=0.0, le=31_536_000.0)] = 0.0
    ucum: Unit = ""
    source_ucum: Unit = ""
    unit_at: Field | None = None
    only: Annotated[dict[Field, str | int | bool], Meta(max_length=8)] = {}
    definition: Annotated[str, Meta(max_length=2048)] = ""

    @property
    def for_many(self) -> bool:
        """Whether the message or its topic says which thing it is about."""
        return self.thing_at is not None or THING in self.topic.split("/")

    @property
    def target_ucum(self) -> str:
        """The unit of the values we keep, in UCUM; "" where nobody can tell."""
        return self.ucum or ucum_of(self.unit)

    def datastream(self, thing: Thing | None = None) -> Datastream:
        """The datastream without its way of arriving; `thing` where the message named it."""
        key, name = self.key, self.name
        if thing is not None:
            key, name = key.replace(THING, thing.key), name.replace(THING, thing.name)
        return Datastream(
            key=key,
            name=name,
            observed_property=self.observed_property,
            unit=self.unit,
            feature=self.feature,
            stale_after_s=self.stale_after_s or 2.0 * self.period_s or STALE_AFTER_S,
            range=self.range,
            thing=(self.thing or self.key) if thing is None else thing.key,
            ucum=self.target_ucum,
            definition=self.definition,
            period_s=self.period_s,
            is_pace_unsaid=not (self.stale_after_s or self.period_s),
        )


class StyleSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[[style]]`: how datastreams look, by what they observe or by their keys (`*`, `?`).

    `body` is what vehicles are, whose things have such keys.
    """

    observed_property: str = ""
    key: str = ""
    look: Look = "pin"
    scale: tuple[float, float] | None = None
    palette: Palette = "cividis"
    steps: Annotated[tuple[tuple[float, Text], ...], Meta(max_length=16)] = ()
    body: Literal["tram", "bus", "ferry"] = "bus"
    title: Annotated[str, Meta(max_length=256)] = ""

    def info(self) -> StyleInfo:
        """As clients are told."""
        return StyleInfo(
            look=self.look,
            observed_property=self.observed_property,
            key=self.key,
            title=self.title,
            scale=self.scale,
            palette=self.palette,
            steps=list(self.steps),
            body=self.body if self.look == "vehicle" else "",
        )


class Retention(Struct, frozen=True, forbid_unknown_fields=True):
    """`[retention]`: how long every value is kept, and how long one an hour; 0: for ever."""

    raw_days: Days = 30
    hourly_days: Days = 1095


class NgsiLdSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[ngsi_ld]`: who may be notified though he is in a private network, as host:port."""

    private_receivers: Annotated[tuple[Receiver, ...], Meta(max_length=100)] = ()


class SensorFile(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file; `sources` are all of them, also that of `[mqtt]`."""

    mqtt: MqttSettings | None = None
    source: Annotated[tuple[SourceSettings, ...], Meta(max_length=256)] = ()
    thing: Annotated[tuple[ThingSettings, ...], Meta(max_length=100_000)] = ()
    datastream: Annotated[tuple[DatastreamSettings, ...], Meta(max_length=100_000)] = ()
    style: Annotated[tuple[StyleSettings, ...], Meta(max_length=256)] = ()
    retention: Retention = Retention()
    ngsi_ld: NgsiLdSettings = NgsiLdSettings()

    @property
    def sources(self) -> tuple[SourceSettings, ...]:
        """All sources by their full settings."""
        if self.mqtt is None:
            return self.source
        return (SourceSettings("mqtt", "mqtt", self.mqtt.url), *self.source)

    @property
    def things(self) -> Iterator[Thing]:
        """All things; what one doesn't say, the source of its first datastream does.

        A datastream that names none is one of its own.
        """
        defaults = {source.name: source.thing_defaults for source in self.sources}
        sources: dict[str, str] = {}
        for entry in self.datastream:
            sources.setdefault(entry.thing, entry.source)
        for thing in self.thing:
            names = (sources[name] for name in (thing.key, *thing.aliases) if name in sources)
            yield thing.thing(defaults.get(next(names, ""), ThingDefaults()))
        for entry in self.datastream:
            if not entry.thing and not entry.for_many:
                alone = ThingSettings(entry.key, entry.name, feature=entry.feature)
                yield alone.thing(defaults.get(entry.source, ThingDefaults()))


TABLES: dict[str, type[Struct]] = {
    "source": SourceSettings,
    "thing": ThingSettings,
    "datastream": DatastreamSettings,
    "style": StyleSettings,
}


def read_sensor_file(path: Path) -> SensorFile:
    """Reads a sensor file; raises `ConfigError` with the line, and what is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
        file = msgspec.convert(tomllib.loads(text), SensorFile)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise ConfigError(f"the sensor file can't be opened ({reason})", path) from None
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else None
        raise ConfigError(f"this is no TOML: {error}", path, line) from None
    except msgspec.ValidationError as error:
        problem, line = _where(str(error), text)
        raise ConfigError(f"the sensor file can't be used: {problem}", path, line) from None
    except (UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"the sensor file can't be used: {error}", path) from None
    for section, index, problem, remedy in check(file):
        raise ConfigError(problem, path, _line_of(text, section, index), remedy)
    return file


def _where(problem: str, text: str) -> tuple[str, int | None]:
    """What msgspec says of `$.datastream[3].topic`, with the line where that table begins."""
    found = re.search(r" - at `\$\.(\w+)\[(\d+)\](?:\.(\w+))?", problem)
    if found is None:
        return problem, None
    section, index, field = found[1], int(found[2]), found[3] or ""
    if unknown := re.search(r"unknown field `(\w+)`", problem):
        field = unknown[1]
        names = [one.name for one in msgspec.structs.fields(TABLES[section])]
        for meant in difflib.get_close_matches(field, names, 1):
            problem += f"; perhaps `{meant}` is meant"
    return problem, _line_of(text, section, index, field)


def lines_of(text: str, section: str) -> list[int]:
    """The lines in which the `[[section]]` begin."""
    lines, at, line = [], 0, 1
    for start in _starts(text, section):
        line += text.count("\n", at, start)
        at = start
        lines.append(line)
    return lines


def _starts(text: str, section: str) -> list[int]:
    heads = re.finditer(rf"^[ \t]*\[\[[ \t]*{section}[ \t]*\]\]", text, re.MULTILINE)
    return [head.start() for head in heads]


def _line_of(text: str, section: str, index: int, field: str = "") -> int | None:
    """The line of the `index`-th `[[section]]`, or of a field in it, if it is found there."""
    starts = _starts(text, section)
    if not 0 <= index < len(starts):
        return None
    after = re.compile(r"^[ \t]*\[", re.MULTILINE).search(text, starts[index] + 1)
    end = after.start() if after else len(text)
    named = re.compile(rf"^[ \t]*{field}[ \t]*=", re.MULTILINE).search(text, starts[index], end)
    place = named.start() if named and field else starts[index]
    return text.count("\n", 0, place) + 1
