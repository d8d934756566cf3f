"""The latest fix of everything that moves, in columns by number, and when each was last told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .model import Fix
from .telling import Telling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from .place import Frame

MAX_MOVERS = 10_000
_FIELDS = 5


@dataclass(frozen=True, slots=True)
class Placed:
    """Fixes (n,) in a scene: number, place (n, 3) metres, radians from north, m/s, i64 µs.

    NaN where nobody says; the height is, too.
    """

    numbers: NDArray[np.int64]
    places: NDArray[np.float64]
    headings: NDArray[np.float64]
    speeds: NDArray[np.float64]
    times: NDArray[np.int64]

    def some(self, which: NDArray[np.int64]) -> Placed:
        """Those at these places in the columns."""
        return Placed(
            self.numbers[which],
            self.places[which],
            self.headings[which],
            self.speeds[which],
            self.times[which],
        )


class LatestFixes(Telling):
    """Numbers are given as things first move, at most `MAX_MOVERS`, and stay."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[str] = []
        self._numbers: dict[str, int] = {}
        self._columns = np.zeros((0, _FIELDS))
        self._times = np.zeros(0, dtype=np.int64)

    def record(self, fixes: Mapping[str, Fix]) -> None:
        """Takes the fix of each thing, by its key; one older than what is held changes nothing."""
        for key, fix in fixes.items():
            number = self._number(key)
            if number is None or fix.time_us <= self._times[number]:
                continue
            self._times[number] = fix.time_us
            self._columns[number] = (fix.lon, fix.lat, fix.height, fix.heading, fix.speed)
            self._waits[number] = self.waiting = True

    def of(self, key: str) -> Fix | None:
        """Where a thing was last, or None where it hasn't moved yet."""
        number = self._numbers.get(key)
        if number is None:
            return None
        return Fix(int(self._times[number]), *self._columns[number].tolist())

    def since(self, tick: int) -> NDArray[np.int64]:
        """The numbers of what was told after a tick."""
        return np.flatnonzero(self.told > tick)

    def placed(self, numbers: NDArray[np.int64], frame: Frame) -> Placed:
        """Where these are in a scene. Without a height they are on the ground, wherever that is."""
        lon, lat, height, heading, speed = self._columns[numbers].T
        places = frame.to_scene(lon, lat, np.nan_to_num(height, nan=0.0))
        places[np.isnan(height), 2] = np.nan
        return Placed(numbers, places, np.radians(heading), speed, self._times[numbers])

    def _number(self, key: str) -> int | None:
        number = self._numbers.get(key)
        if number is None and len(self.keys) < MAX_MOVERS:
            number = self._numbers[key] = len(self.keys)
            self.keys.append(key)
            if number >= len(self._times):
                self._grow(max(64, number))
        return number

    def _grow(self, more: int) -> None:
        self._columns = np.append(self._columns, np.zeros((more, _FIELDS)), axis=0)
        self._times = np.append(self._times, np.zeros(more, dtype=np.int64))
        self._grow_telling(more)
