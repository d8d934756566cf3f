"""How a question of a route is told to other programs (OpenAPI 3.1, Operation Object)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from msgspec import Struct


@dataclass(frozen=True, slots=True)
class Query:
    """One parameter after the question mark; `schema` in JSON Schema 2020-12."""

    name: str
    description: str
    schema: dict[str, object]


@dataclass(frozen=True, slots=True)
class Operation:
    """What GET gives; `body` is a media type, or the type of a JSON answer, or None: no body.

    `others` are what it gives instead, where it is asked for that.
    """

    summary: str
    body: str | type[Struct] | None
    status: int = 200
    query: tuple[Query, ...] = ()
    problems: tuple[int, ...] = ()
    others: tuple[str | type[Struct], ...] = ()
