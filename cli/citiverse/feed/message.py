"""One message of a recording, and the same at another time."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from citiverse.feed import feed_message
from citiverse_server.overlays.instants import micros

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

MAX_DEPTH = 64
_TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?")

Kind = Literal["row", "document", "entity", "feed"]


class RecordingError(Exception):
    """A recording that can't be played; one sentence says which, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Message:
    """`after_us` is when, since the beginning of its recording, whose first time was `first_us`.

    `body` is a row by column, a JSON document, an entity of NGSI-LD, or the bytes of a feed of GTFS
    Realtime; `topic` is where it was heard, if that was recorded.
    """

    name: str
    kind: Kind
    body: object
    after_us: int
    at_us: int
    topic: str = ""


def moved(message: Message, by_us: int, zone: tzinfo) -> Message:
    """The message with every time in it moved; `zone` is that of times which don't name theirs."""
    if by_us == 0:
        return message
    if isinstance(message.body, bytes):
        return replace(message, body=feed_message.moved(message.body, round(by_us / 1_000_000)))
    return replace(message, body=_moved(message.body, by_us, zone, 0))


def times(document: object, zone: tzinfo) -> Iterator[int]:
    """All times in a document, in µs since 1970 UTC."""
    if isinstance(document, dict):
        for inner in document.values():
            yield from times(inner, zone)
    elif isinstance(document, list):
        for inner in document:
            yield from times(inner, zone)
    elif isinstance(document, str) and is_time(document):
        time_us = micros(document, zone)
        if time_us is not None:
            yield time_us


def is_time(text: str) -> bool:
    """Whether a text is a day, a moment, or an interval of both."""
    begin, slash, end = text.partition("/")
    return bool(_TIME.fullmatch(begin)) and bool(not slash or _TIME.fullmatch(end))


def _moved(document: object, by_us: int, zone: tzinfo, depth: int) -> object:
    if depth > MAX_DEPTH:
        raise RecordingError("a document of the recording is nested too deep")
    if isinstance(document, dict):
        return {name: _moved(inner, by_us, zone, depth + 1) for name, inner in document.items()}
    if isinstance(document, list):
        return [_moved(inner, by_us, zone, depth + 1) for inner in document]
    if isinstance(document, str) and is_time(document):
        return "/".join(_later(part, by_us, zone) for part in document.split("/"))
    return document


def _later(text: str, by_us: int, zone: tzinfo) -> str:
    """A moment moved, as it was written: with its zone, or without.

    To the microsecond: who plays a year in a second must not tell many values of one moment.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    own = moment.tzinfo or zone
    # Through UTC, as a clock on a wall jumps twice a year.
    later = moment.replace(tzinfo=own).astimezone(UTC) + timedelta(microseconds=by_us)
    local = later.astimezone(own)
    if moment.tzinfo is None:
        return local.replace(tzinfo=None).isoformat()
    return local.isoformat().replace("+00:00", "Z")
