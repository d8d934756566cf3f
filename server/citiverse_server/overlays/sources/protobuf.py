"""Protocol Buffers, read without a schema: fields by number, as the encoding has them.

Implements a subset: varints, 32 and 64 bit, and length-delimited fields; groups, which nobody has
written since proto2, end the reading.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Value: TypeAlias = int | bytes

MAX_VARINT_BYTES = 10
VARINT, EIGHT, DELIMITED, FOUR = 0, 1, 2, 5


def fields(message: bytes) -> Iterator[tuple[int, int, Value]]:
    """Each field's number, its wire type, and its value: a whole number, or bytes.

    Fixed-size values are bytes, too. Raises `ValueError` where the message is cut or is none.
    """
    at, end = 0, len(message)
    while at < end:
        tag = message[at]
        at += 1
        # Nearly all are of one byte.
        if tag > 0x7F:
            tag, at = _varint(message, at - 1)
        number, wire = tag >> 3, tag & 7
        if number == 0:
            raise ValueError("a field of a protobuf message has the number 0")
        if wire == VARINT:
            value, at = _varint(message, at)
            yield number, wire, value
            continue
        if wire == DELIMITED:
            size, at = _varint(message, at)
        elif wire in (EIGHT, FOUR):
            size = 8 if wire == EIGHT else 4
        else:
            raise ValueError(f"a field of a protobuf message has the wire type {wire}")
        if at + size > end:
            raise ValueError("a protobuf message is cut")
        yield number, wire, message[at : at + size]
        at += size


def last(message: bytes) -> dict[int, Value]:
    """The last value of each field (that is the one that counts where it isn't repeated)."""
    return {number: value for number, _, value in fields(message)}


def inside(found: dict[int, Value], number: int) -> dict[int, Value]:
    """The message in a field; empty where there is none. Raises `ValueError`."""
    value = found.get(number, b"")
    return last(value) if isinstance(value, bytes) else {}


def text_of(found: dict[int, Value], number: int) -> str:
    """The text in a field, or ""."""
    value = found.get(number)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def whole_of(found: dict[int, Value], number: int) -> int | None:
    """The number in a varint field, or None; negative ones are those of int32 and int64."""
    value = found.get(number)
    if not isinstance(value, int):
        return None
    return value - (1 << 64) if value >= 1 << 63 else value


def float_of(found: dict[int, Value], number: int) -> float | None:
    """The number in a field of 32 bits, or None."""
    value = found.get(number)
    if not isinstance(value, bytes) or len(value) != 4:
        return None
    single: float = struct.unpack("<f", value)[0]
    return single


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 7 * MAX_VARINT_BYTES, 7):
        if at >= len(message):
            raise ValueError("a protobuf message is cut")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at
    raise ValueError("a number in a protobuf message is too long")
