"""What a message means: which datastreams it has values of, after the sensor file.

Values leave here in the datastream's unit, and unjudged: whether they can be is `limits`' question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from .instants import micros
from .ledger import NO_ROW, Refusal
from .model import Rejected
from .pointers import Pointer, pointer, resolve
from .registry import RegistryError
from .sources.keys import key as source_key
from .sources.zones import zone_of
from .topics import TopicTree, subscription
from .units import MAX_LENGTH, UnitError, conversion, ucum_of

if TYPE_CHECKING:
    from datetime import tzinfo

    from .reading import Reading, Record
    from .registry import Registry
    from .sensor_file import DatastreamSettings, SensorFile
    from .units import Conversion

MAX_PAYLOAD_BYTES = 64 * 1024
MAX_NAME_LENGTH = 255
_NUMBER = re.compile(r"[ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?[ ]*")
_MAX_DIGITS = 40


class Mapped(NamedTuple):
    """A value at its time (µs since 1970 UTC) for the datastream of a row."""

    row: int
    value: float
    time_us: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """One `[[datastream]]`, ready to be applied; `row` is `NO_ROW` where the message says which."""

    settings: DatastreamSettings
    value: Pointer
    time: Pointer | None
    thing_at: Pointer | None
    unit_at: Pointer | None
    ucum: str
    conversion: Conversion | None
    only: tuple[tuple[Pointer, str | None], ...]
    zone: tzinfo | None
    row: int


class Mapping:
    """Enters the file's datastreams in the registry, and maps messages to them.

    Raises `RegistryError` where there are too many.
    """

    def __init__(self, file: SensorFile, registry: Registry) -> None:
        self._registry = registry
        self._by_topic: dict[str, TopicTree[_Entry]] = {}
        self._by_source: dict[str, list[_Entry]] = {}
        self._topics: dict[str, dict[str, None]] = {}
        self._many: dict[tuple[str, str], int] = {}
        zones = {source.name: zone_of(source) for source in file.sources}
        for settings in file.datastream:
            source = settings.source
            entry = _entry(settings, zones.get(source), registry)
            self._by_source.setdefault(source, []).append(entry)
            if settings.topic:
                self._by_topic.setdefault(source, TopicTree()).put(settings.topic, entry)
                self._topics.setdefault(source, {})[subscription(settings.topic)] = None

    def topics(self, source: str) -> tuple[str, ...]:
        """The topic filters that a source is to be asked for."""
        return tuple(self._topics.get(source, ()))

    def read(self, reading: Reading, arrival_us: int) -> list[Mapped | Refusal]:
        """What a message says for each datastream of its topic; never nothing."""
        tree = self._by_topic.get(reading.source)
        entries = [] if tree is None else tree.find(reading.topic)
        payload = reading.payload
        if not entries:
            return [Refusal(Rejected.UNKNOWN_TOPIC, NO_ROW, reading.topic.encode())]
        if len(payload) > MAX_PAYLOAD_BYTES:
            return [Refusal(Rejected.TOO_LARGE, entry.row, payload) for entry, _ in entries]
        try:
            document: object = msgspec.json.decode(payload)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return [Refusal(Rejected.UNREADABLE, entry.row, payload) for entry, _ in entries]
        # Kept by the broker, it arrives now, but was perhaps sent days ago.
        now_us = None if reading.kept else arrival_us
        results = [
            self._apply(entry, document, name, now_us)
            for entry, name in entries
            if _is_about(entry, document)
        ]
        results = results or [Refusal(Rejected.UNKNOWN_DATASTREAM)]
        return [_with_sample(result, payload) for result in results]

    def take(self, record: Record, arrival_us: int) -> list[Mapped | Refusal]:
        """What a row or an entry says for each datastream of its source; never nothing."""
        entries = self._by_source.get(record.source)
        if entries is None:
            return [Refusal(Rejected.UNKNOWN_DATASTREAM)]
        document = record.document
        results = [
            self._apply(entry, document, "", arrival_us)
            for entry in entries
            if _is_about(entry, document)
        ]
        results = results or [Refusal(Rejected.UNKNOWN_DATASTREAM)]
        if any(isinstance(result, Refusal) for result in results):
            sample = _encoded(record.document)
            return [_with_sample(result, sample) for result in results]
        return results

    def _apply(
        self, entry: _Entry, document: object, name: str, arrival_us: int | None
    ) -> Mapped | Refusal:
        row = entry.row
        if row == NO_ROW:
            if entry.thing_at is not None:
                name = _name(resolve(document, entry.thing_at))
            found = self._row_of(entry, name)
            if isinstance(found, Refusal):
                return found
            row = found
        value = _number(resolve(document, entry.value))
        if value is None:
            return Refusal(Rejected.NO_VALUE, row)
        if entry.time is not None:
            time_us = micros(resolve(document, entry.time), entry.zone)
            if time_us is None:
                return Refusal(Rejected.BAD_TIME, row)
        elif arrival_us is None:
            return Refusal(Rejected.UNKNOWN_TIME, row)
        else:
            time_us = arrival_us
        change = entry.conversion
        if entry.unit_at is not None and (unit := resolve(document, entry.unit_at)) is not None:
            said = (_word(unit) or "")[:MAX_LENGTH]
            try:
                change = conversion(ucum_of(said) or said, entry.ucum)
            except UnitError:
                return Refusal(Rejected.WRONG_UNIT, row)
        if change is not None:
            value = value * change.factor + change.offset
        return Mapped(row, value, time_us)

    def _row_of(self, entry: _Entry, name: str) -> int | Refusal:
        """The row of one of many datastreams, by the key or an alias of its thing."""
        asked = (entry.settings.key, name)
        row = self._many.get(asked)
        if row is not None:
            return row
        # Those that the source itself has brought come first.
        own = self._registry.thing(source_key(entry.settings.source, name)) if name else None
        thing = own or self._registry.thing(name)
        if thing is None:
            return Refusal(Rejected.UNKNOWN_THING, NO_ROW, name.encode())
        try:
            row = self._registry.add_datastream(
                entry.settings.datastream(thing), entry.settings.source
            )
        except RegistryError:
            return Refusal(Rejected.TOO_MANY)
        # No more than there are keys and aliases.
        self._many[asked] = row
        return row


def _entry(settings: DatastreamSettings, zone: tzinfo | None, registry: Registry) -> _Entry:
    row = NO_ROW
    if not settings.for_many:
        row = registry.add_datastream(settings.datastream(), settings.source)
    ucum, source_ucum = settings.target_ucum, settings.source_ucum
    return _Entry(
        settings=settings,
        value=pointer(settings.value),
        time=None if settings.time is None else pointer(settings.time),
        thing_at=None if settings.thing_at is None else pointer(settings.thing_at),
        unit_at=None if settings.unit_at is None else pointer(settings.unit_at),
        ucum=ucum,
        conversion=conversion(source_ucum, ucum) if source_ucum else None,
        only=tuple((pointer(place), _word(wanted)) for place, wanted in settings.only.items()),
        zone=zone,
        row=row,
    )


def _is_about(entry: _Entry, document: object) -> bool:
    """Whether a message is about this datastream at all."""
    return all(_word(resolve(document, place)) == wanted for place, wanted in entry.only)


def _word(value: object) -> str | None:
    """A value as one writes it, for a table has texts only; None for nothing, a list or an object.

    Those may be nested as deeply as can just be read, and too deeply to be written.
    """
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else None


def _number(value: object) -> float | None:
    """A number, also one that is written as a text; truth is none. It may be infinite."""
    if isinstance(value, str):
        if len(value) > _MAX_DIGITS or not _NUMBER.fullmatch(value):
            return None
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def _name(value: object) -> str:
    """What a message calls a thing; "" where that is no name."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value)[:MAX_NAME_LENGTH]


def _with_sample(result: Mapped | Refusal, sample: bytes) -> Mapped | Refusal:
    """With the message, where there is nothing in it that matters more."""
    if isinstance(result, Refusal) and not result.sample:
        return result._replace(sample=sample)
    return result


def _encoded(document: object) -> bytes:
    try:
        return msgspec.json.encode(document)
    except (msgspec.MsgspecError, TypeError, RecursionError):
        return b""
