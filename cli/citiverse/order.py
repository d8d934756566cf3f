"""What `serve` asks of the process that makes its city, and what that tells: JSON both ways."""

from __future__ import annotations

from typing import TypeAlias

import msgspec


class Order(msgspec.Struct, frozen=True):
    """A city to make: its files, the options as words, and where all goes.

    `first_look` is a folder for that, which lasts as long as the server. `note` and `key` are those
    of `made.Made`. `began` is when the command began, in seconds of the system's monotonic clock.
    """

    files: list[str]
    crs: list[str]
    place: str | None
    scene: str
    note: str
    key: str
    first_look: str
    began: float


class Step(msgspec.Struct, frozen=True, tag="step"):
    """How far a stage is; `total` is 0 where nobody knows it."""

    stage: str
    done: int
    total: int


class FirstLook(msgspec.Struct, frozen=True, tag="first-look"):
    """A small scene is there; see `citiverse_tiling.glance.Glance`."""

    scene: str
    buildings: int
    found: int
    share: float


class Waiting(msgspec.Struct, frozen=True, tag="waiting"):
    """Another process makes the same city; what it makes is waited for."""


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The whole city is there."""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """It can't be made; `problem` is one sentence."""

    problem: str


Told: TypeAlias = Step | FirstLook | Waiting | Done | Failed
