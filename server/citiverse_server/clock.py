"""The two times the server needs; tests put their own in place."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def _micros_now() -> int:
    return time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class Now:
    """One moment: `monotonic` in seconds for limits, `micros` since 1970 UTC for people."""

    monotonic: float
    micros: int


@dataclass(frozen=True, slots=True)
class Clock:
    """Where moments come from."""

    monotonic: Callable[[], float] = time.monotonic
    micros: Callable[[], int] = _micros_now

    def now(self) -> Now:
        """This moment."""
        return Now(self.monotonic(), self.micros())
