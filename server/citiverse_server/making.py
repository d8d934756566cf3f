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
    """The city has been made in a folder: under its name, and in the frame of any former one."""

    folder: Path


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing more comes; `failure` is a sentence for a person, "" where all went well."""

    failure: str = ""


News: TypeAlias = Progress | Remade | Ended


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes a scene while the server runs already.

    `name` is the scene's in URLs, `place` where the finished one will lie, and what it remembers
    beside it. `news` is asked once, and cancelled where the server stops before it has ended.
    """

    name: str
    place: Path
    news: Callable[[], AsyncIterator[News]]
