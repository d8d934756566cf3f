"""Bounds the shape of a MessagePack message before it is decoded.

A small message can nest thousands of levels or announce millions of elements. This walks the
headers only (https://github.com/msgpack/msgpack/blob/master/spec.md), allocates nothing by what
they announce, and refuses nesting, wide maps and element counts over the protocol's limits.
"""

from __future__ import annotations

from .errors import ErrorCode, ProtocolError

MAX_DEPTH = 8
MAX_MAP_KEYS = 64
# A `hello` holds ≤ 4096 hashes beside its keys; nothing else comes near.
MAX_ELEMENTS = 4608


def check_shape(data: bytes) -> None:
    """Refuses what nests or spreads too far; raises `ProtocolError` (`bad-message`)."""
    if not data or not (data[0] & 0xF0 == 0x80 or data[0] in (0xDE, 0xDF)):
        raise _bad("it isn't a MessagePack map")
    open_counts = [1]
    at = 0
    for _ in range(MAX_ELEMENTS):
        while open_counts and open_counts[-1] == 0:
            open_counts.pop()
        if not open_counts:
            return
        open_counts[-1] -= 1
        at, children = _element(data, at)
        if children:
            open_counts.append(children)
            if len(open_counts) > MAX_DEPTH + 1:
                raise _bad(f"it nests more than {MAX_DEPTH} deep")
    raise _bad(f"it has more than {MAX_ELEMENTS} elements")


def _element(data: bytes, at: int) -> tuple[int, int]:
    """Where the next element starts, and how many children this one has."""
    if at >= len(data):
        raise _bad("it is cut short")
    first = data[at]
    header, fixed, unit = _LAYOUT[first]
    if not unit:
        return at + 1 + header + fixed, 0
    count = int.from_bytes(data[at + 1 : at + 1 + header], "big") if header else fixed
    if unit == _BYTES:
        # An extension has a type byte after its length: `fixed`.
        return at + 1 + header + fixed + count, 0
    if unit == _MAP and count > MAX_MAP_KEYS:
        raise _bad(f"a map has more than {MAX_MAP_KEYS} keys")
    return at + 1 + header, count * (2 if unit == _MAP else 1)


_BYTES, _ARRAY, _MAP = 1, 2, 3


def _layout() -> tuple[tuple[int, int, int], ...]:
    """For each first byte: bytes of length, fixed count or size, unit (0: no length)."""
    table = [(0, 0, 0)] * 256
    for first in range(0x80, 0x90):
        table[first] = (0, first & 0x0F, _MAP)
    for first in range(0x90, 0xA0):
        table[first] = (0, first & 0x0F, _ARRAY)
    for first in range(0xA0, 0xC0):
        table[first] = (0, first & 0x1F, 0)
    for first, size in ((0xC4, 1), (0xC5, 2), (0xC6, 4), (0xD9, 1), (0xDA, 2), (0xDB, 4)):
        table[first] = (size, 0, _BYTES)
    for first, size in ((0xC7, 1), (0xC8, 2), (0xC9, 4)):
        table[first] = (size, 1, _BYTES)
    for first, size in ((0xCA, 4), (0xCB, 8), (0xCC, 1), (0xCD, 2), (0xCE, 4), (0xCF, 8)):
        table[first] = (0, size, 0)
    for first, size in ((0xD0, 1), (0xD1, 2), (0xD2, 4), (0xD3, 8)):
        table[first] = (0, size, 0)
    for exponent in range(5):
        table[0xD4 + exponent] = (0, 1 + 2**exponent, 0)
    for first, size, unit in (
        (0xDC, 2, _ARRAY),
        (0xDD, 4, _ARRAY),
        (0xDE, 2, _MAP),
        (0xDF, 4, _MAP),
    ):
        table[first] = (size, 0, unit)
    return tuple(table)


_LAYOUT = _layout()


def _bad(why: str) -> ProtocolError:
    return ProtocolError(ErrorCode.BAD_MESSAGE, f"This message can't be read: {why}.")
