"""The type of a message of the stream, without reading the rest of it."""

from __future__ import annotations

# MessagePack's map with a length of two bytes; shorter ones have theirs in the first byte.
MAP_16 = 0xDE
SHORT_TEXT = 0x1F


def type_of(message: bytes) -> bytes:
    """The value of `t`, which comes first (docs/contract/protocol.md)."""
    at = 5 if message[0] == MAP_16 else 3
    return message[at + 1 : at + 1 + (message[at] & SHORT_TEXT)]
