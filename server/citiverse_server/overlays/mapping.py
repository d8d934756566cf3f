"""The sensor file: which topic carries which datastream, and where in its payload the value stands.

[mqtt]
url = "mqtt://127.0.0.1:1883"

[[datastream]]
key = "air-pm25-market"
name = "Fine dust (PM2.5), market"
observed_property = "PM2.5"
unit = "µg/m³"
feature = "town/BLDG_0042"
topic = "sensors/market/pm25"
value = "/value"                 # JSON Pointer (RFC 6901); left out: the payload is a number
time = "/time"                   # RFC 3339, or seconds since 1970; left out: the time of arrival
range = [0, 1000]
stale_after_s = 120
"""

from __future__ import annotations

import math
import os
import re
import tomllib
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct

from ..errors import ConfigError
from .model import Datastream, Observation, Rejected, observe

if TYPE_CHECKING:
    from pathlib import Path

    from .reading import Reading

MAX_PAYLOAD_BYTES = 64 * 1024

Text = Annotated[str, Meta(min_length=1, max_length=256)]
Topic = Annotated[str, Meta(min_length=1, max_length=1024, pattern=r"^[^#+\x00]+$")]
Pointer = Annotated[str, Meta(pattern=r"^(/([^~/]|~[01])*)*$", max_length=256)]


class MqttSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[mqtt]`: the broker; credentials come from the environment."""

    url: Annotated[str, Meta(pattern=r"^mqtts?://[^/@\s]+$")]


class DatastreamSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[[datastream]]`: one value on one topic."""

    key: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,126}$")]
    name: Text
    observed_property: Text
    unit: Annotated[str, Meta(max_length=64)]
    topic: Topic
    feature: Annotated[str, Meta(max_length=1024)] = ""
    value: Pointer = ""
    time: Pointer | None = None
    range: tuple[float, float] | None = None
    stale_after_s: Annotated[float, Meta(gt=0.0, le=31_536_000.0)] = 300.0

    def datastream(self) -> Datastream:
        """The datastream without its way of arriving."""
        return Datastream(
            key=self.key,
            name=self.name,
            observed_property=self.observed_property,
            unit=self.unit,
            feature=self.feature,
            stale_after_s=self.stale_after_s,
            range=self.range,
        )


class SensorFile(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    datastream: Annotated[list[DatastreamSettings], Meta(min_length=1, max_length=100_000)]
    mqtt: MqttSettings | None = None


def read_sensor_file(path: Path) -> SensorFile:
    """Reads a sensor file; raises `ConfigError` with the line or the key, and what is wrong."""
    try:
        sensors = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), SensorFile)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise ConfigError(f"the sensor file can't be opened ({reason})", path) from None
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else None
        raise ConfigError(f"this is no TOML: {error}", path, line) from None
    except (msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"the sensor file can't be used: {error}", path) from None
    seen: set[str] = set()
    for settings in sensors.datastream:
        if settings.key in seen:
            raise ConfigError(
                f"two datastreams have the key {settings.key!r}", path, remedy="rename one"
            )
        seen.add(settings.key)
        limits = settings.range or (0.0, 1.0)
        if not (all(map(math.isfinite, limits)) and limits[0] < limits[1]):
            raise ConfigError(
                f"datastream {settings.key!r}: the range is empty",
                path,
                remedy="write the lower limit first",
            )
    return sensors


class Mapping:
    """Readings in, observations out; datastreams are named by their place in `settings`."""

    def __init__(self, settings: list[DatastreamSettings]) -> None:
        self._settings = settings
        self._datastreams = [entry.datastream() for entry in settings]
        self._by_topic: dict[str, list[int]] = {}
        for index, entry in enumerate(settings):
            self._by_topic.setdefault(entry.topic, []).append(index)

    @property
    def topics(self) -> list[str]:
        """All topics to listen to."""
        return list(self._by_topic)

    def observe(
        self, reading: Reading, arrival_us: int
    ) -> list[tuple[int, Observation | Rejected]]:
        """What a reading says for each datastream of its topic; times in µs since 1970 UTC."""
        indexes = self._by_topic.get(reading.topic)
        if indexes is None:
            return [(-1, Rejected.UNKNOWN_TOPIC)]
        if len(reading.payload) > MAX_PAYLOAD_BYTES:
            return [(index, Rejected.TOO_LARGE) for index in indexes]
        try:
            payload: object = msgspec.json.decode(reading.payload)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return [(index, Rejected.UNREADABLE) for index in indexes]
        return [
            (index, self._observe_one(index, payload, reading, arrival_us)) for index in indexes
        ]

    def _observe_one(
        self, index: int, payload: object, reading: Reading, arrival_us: int
    ) -> Observation | Rejected:
        settings = self._settings[index]
        number = _number(resolve(payload, settings.value))
        if number is None:
            return Rejected.NO_VALUE
        time_us: int | None = arrival_us
        if settings.time is not None:
            time_us = _micros(resolve(payload, settings.time))
        elif reading.kept:
            # It arrives now, but was perhaps sent days ago: to call it fresh would be a lie.
            return Rejected.UNKNOWN_TIME
        if time_us is None:
            return Rejected.BAD_TIME
        return observe(self._datastreams[index], number, time_us, arrival_us)


def resolve(document: object, pointer: str) -> object | None:
    """The value at a JSON Pointer (RFC 6901, 4), or None where there is none."""
    value = document
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and re.fullmatch(r"0|[1-9][0-9]{0,8}", name):
            value = value[int(name)] if int(name) < len(value) else None
        else:
            return None
    return value


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _micros(value: object) -> int | None:
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        return None if moment.tzinfo is None else round(moment.timestamp() * 1_000_000)
    seconds = _number(value)
    micros = math.nan if seconds is None else seconds * 1_000_000
    return round(micros) if math.isfinite(micros) else None
