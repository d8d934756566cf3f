"""Which stream sends next: by the `Priority` field (RFC 9218), and what is small before all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .stream import Stream

DEFAULT_URGENCY = 3
LIVE_URGENCY = -1
"""Of what tells what is so now, such as where people are: before anything that takes its time."""

_URGENCY = re.compile(rb"(?:^|,)\s*u=([0-7])\s*(?:[,;]|$)")
_INCREMENTAL = re.compile(rb"(?:^|,)\s*i(?:=\?1)?\s*(?:[,;]|$)")


@dataclass(frozen=True, slots=True)
class Priority:
    """Urgency from 0, first, to 7; what is incremental shares the line with its like."""

    urgency: int = DEFAULT_URGENCY
    incremental: bool = False


def parse(field: bytes) -> Priority:
    """The value of a `Priority` field; what can't be read is as if it weren't there."""
    urgency = _URGENCY.search(field)
    return Priority(
        DEFAULT_URGENCY if urgency is None else int(urgency[1]),
        _INCREMENTAL.search(field) is not None,
    )


def first(streams: Iterable[Stream]) -> Stream | None:
    """Of those that can send: the most urgent, then the oldest, or of sharing ones the one whose
    turn was longest ago.
    """
    return min(streams, key=_order, default=None)


def _order(stream: Stream) -> tuple[int, int, int]:
    turn = stream.turn if stream.priority.incremental else 0
    return (stream.urgency, turn, stream.number)
