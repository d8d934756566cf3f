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
class Clock:
    """`monotonic` in seconds for limits, `micros` since 1970 UTC for what people see."""

    monotonic: Callable[[], float] = time.monotonic
    micros: Callable[[], int] = _micros_now
