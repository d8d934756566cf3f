"""A scene that is still being made while people walk in it: what its maker tells the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

Stage: TypeAlias = Literal["reading", "writing"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is, 0 to 1."""

    stage: Stage
    done: float


@dataclass(frozen=True, slots=True)
class Remade:
    """The same city has been made anew in a folder: under the same name, in the same frame."""

    folder: Path


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing more comes; `failure` is a sentence for a person, "" where all went well."""

    failure: str = ""


News: TypeAlias = Progress | Remade | Ended


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes a scene while a first one of it is served.

    `place` is where the finished scene will lie, and what it remembers beside it. `news` is asked
    once, and cancelled where the server stops before it has ended.
    """

    place: Path
    news: Callable[[], AsyncIterator[News]]
