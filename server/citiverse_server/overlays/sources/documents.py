"""JSON from strangers, bounded in depth, and a few careful looks into it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_TEXT = 256
MAX_INSIDE = 500_000
"""So many lists and objects are in a document; each may take thirty times its room there."""


def parse(body: bytes) -> object:
    """A JSON document. Raises `ValueError` where it is none, is too deep, or holds too much."""
    if body.count(b"[") + body.count(b"{") > MAX_INSIDE:
        raise ValueError(f"there are more than {MAX_INSIDE} lists and objects in it")
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"this is no JSON ({error})") from None


def mapping(value: object) -> Mapping[str, object]:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def entries(value: object) -> list[object]:
    """A list, or an empty one."""
    return value if isinstance(value, list) else []


def text(value: object, most: int = MAX_TEXT) -> str:
    """A text on one line, of bounded length; "" where it is none."""
    if not isinstance(value, str):
        return ""
    return "".join(c if c.isprintable() else " " for c in value[:most]).strip()


def number(value: object) -> float | None:
    """A finite number; truth is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None
