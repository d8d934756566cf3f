"""A feed message of GTFS Realtime with all of its times moved: nothing else in it changes."""

from __future__ import annotations

from typing import TypeAlias

from citiverse_server.overlays.sources.protobuf import fields

Places: TypeAlias = "dict[int, Places | None]"

# By numbers of fields; None is a time, in seconds since 1970.
_STOP_TIME: Places = {2: {2: None}, 3: {2: None}}
_TIMES: Places = {
    1: {3: None},
    2: {3: {2: _STOP_TIME, 4: None}, 4: {5: None}, 5: {1: {1: None, 2: None}}},
}


def time_of(message: bytes) -> int:
    """When the feed was made, in seconds since 1970; 0 where it doesn't say."""
    for number, _, value in fields(message):
        if number == 1 and isinstance(value, bytes):
            return next((t for n, _, t in fields(value) if n == 3 and isinstance(t, int)), 0)
    return 0


def moved(message: bytes, by_s: int) -> bytes:
    """Raises `ValueError` where it is no feed message."""
    return _moved(message, by_s, _TIMES)


def _moved(message: bytes, by_s: int, places: Places) -> bytes:
    out = bytearray()
    for number, wire, value in fields(message):
        out += _varint(number << 3 | wire)
        inner = places.get(number, {})
        if isinstance(value, int):
            # 0 means that nobody says.
            out += _varint(max(value + by_s, 1) if inner is None and value else value)
        elif wire == 2:
            body = _moved(value, by_s, inner) if inner else value
            out += _varint(len(body)) + body
        else:
            out += value
    return bytes(out)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
