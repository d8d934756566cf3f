"""Values in documents of strangers: by JSON Pointer (RFC 6901), or by the name of a column."""

from __future__ import annotations

import re
from typing import TypeAlias

Pointer: TypeAlias = tuple[str, ...]
"""The reference tokens of a pointer, or the one name of a column."""

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


def pointer(text: str) -> Pointer:
    """A JSON Pointer that begins with / or is empty; else the name of a column."""
    if text and not text.startswith("/"):
        return (text,)
    tokens = text.split("/")[1:]
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in tokens)


def resolve(document: object, place: Pointer) -> object | None:
    """The value at a place (RFC 6901, 4), or None where there is none."""
    value = document
    for name in place:
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and _INDEX.fullmatch(name):
            value = value[int(name)] if int(name) < len(value) else None
        else:
            return None
    return value
