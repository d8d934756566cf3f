"""What every sensor source yields: one message on one topic, as it arrived."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """A payload that no one has looked into yet; `kept` where it waited for us at the broker."""

    topic: str
    payload: bytes
    kept: bool = False


Feed = Callable[[], AsyncIterator[Reading]]
"""A source of readings inside the process; called once, when the server starts."""
