"""Readings invented for a thing that is only described (W3C WoT Thing Description 1.1).

Nobody measured them. Each number of the description wanders about the value that stands there, or
the middle of its limits, by the same steps in every run.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from citiverse.feed.message import Message
from citiverse_server.overlays.instants import rfc3339
from citiverse_server.overlays.sources.documents import number

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY_US = 10_000_000
COUNT = 8640
"""A day."""
BEGIN_US = 1_767_225_600_000_000
"""The first of January 2026."""


def is_thing_description(document: object) -> bool:
    """Whether a document describes a thing of the Web of Things."""
    if not isinstance(document, dict) or not isinstance(document.get("properties"), dict):
        return False
    return "wot" in str(document.get("@context", ""))


def messages(name: str, document: dict[str, object]) -> Iterator[Message]:
    """A day of readings of all numbers, every ten seconds."""
    properties = document["properties"]
    assert isinstance(properties, dict)
    numbers: dict[str, dict[str, object]] = {
        key: said
        for key, said in properties.items()
        if isinstance(said, dict) and said.get("type") in ("number", "integer")
    }
    chance = np.random.default_rng(zlib.crc32(name.encode()))
    values = {key: _first(said) for key, said in numbers.items()}
    steps = {key: max(abs(value), 1.0) / 50 for key, value in values.items()}
    middle = dict(values)
    for step in range(COUNT):
        at_us = BEGIN_US + step * EVERY_US
        for key, said in numbers.items():
            wandered = values[key] + float(chance.normal(0, steps[key]))
            pulled = wandered + (middle[key] - values[key]) / 50
            low, high = number(said.get("minimum")), number(said.get("maximum"))
            values[key] = max(pulled, low) if low is not None else pulled
            values[key] = min(values[key], high) if high is not None else values[key]
        body = {"time": rfc3339(at_us), "made_up": True}
        rounded = {key: round(value, 3) for key, value in values.items()}
        yield Message(name, "document", {**body, **rounded}, step * EVERY_US, at_us)


def _first(said: dict[str, object]) -> float:
    """The value that stands in a property's description, else its least, else 0."""
    found = (number(said.get(name)) for name in ("value", "default", "minimum"))
    return next((one for one in found if one is not None), 0.0)
