"""Makes a metropolis out of small real cities: their quarters again and again, none like another.

Each copy is turned by a quarter, and its heights are stretched by its number, so that no two
neighbours are alike; ids are new and links follow them. Coordinates keep the decimals of the
source. Memory is a few times the sources, however big the result.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse.bench.big_city import Numbers, Template

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

STREET_M = 20.0
"""Between one copy and the next."""

LOWEST, HIGHEST = 0.7, 1.6
"""By how much heights are stretched."""

_GOLDEN = 0.618_033_988_75
_NUMBER = b"\x00"
"""Stands for a copy's number in its ids; XML can't have it (XML 1.0, 2.2)."""


@dataclass(frozen=True, slots=True)
class Quarter:
    """A small city whose copies make a big one.

    text     its members, as a format of bytes for its coordinates
    points   float64 (n, 3): those, about the middle of the quarter, heights above its lowest
    base_m   the lowest
    """

    head: bytes
    text: bytes
    tail: bytes
    points: NDArray[np.float64]
    base_m: float
    side_m: float
    buildings: int

    def copy(self, number: int, east: float, north: float) -> bytes:
        """The members of one copy, its middle at a place."""
        turned = self.points.copy()
        for _ in range(number * 3 % 4):
            turned[:, :2] = np.stack([-turned[:, 1], turned[:, 0]], axis=1)
        turned[:, 2] *= LOWEST + (HIGHEST - LOWEST) * (number * _GOLDEN % 1)
        turned += (east, north, self.base_m)
        return self.text.replace(_NUMBER, b"%d" % number) % tuple(turned.ravel().tolist())


def quarter(template: Template) -> Quarter:
    """The copies that a template allows."""
    numbers = [piece for piece in template.pieces if isinstance(piece, Numbers)]
    points = np.concatenate([np.array(piece.values).reshape(-1, 3) for piece in numbers])
    low, high = points.min(axis=0), points.max(axis=0)
    middle = np.append((low[:2] + high[:2]) / 2, low[2])
    text = b"".join(
        piece.form
        if isinstance(piece, Numbers)
        else piece.replace(b"%", b"%%") + (b"" if piece.endswith(b">") else b"-" + _NUMBER)
        for piece in template.pieces
    )
    side = math.ceil(float((high - low)[:2].max()) + STREET_M)
    count = text.count(b"<bldg:Building ") + text.count(b"<Building ")
    return Quarter(template.head, text, template.tail, points - middle, float(low[2]), side, count)


@dataclass(frozen=True, slots=True)
class Metropolis:
    """Quarters on a square grid around a place, one kind after the other, from its middle on."""

    quarters: tuple[Quarter, ...]
    east: float
    north: float
    buildings: int

    @property
    def copies(self) -> int:
        """Of all quarters together."""
        each = sum(quarter.buildings for quarter in self.quarters) / len(self.quarters)
        return math.ceil(self.buildings / each)

    def write(self, paths: tuple[Path, ...]) -> int:
        """One file for each kind of quarter; gives back how many buildings they have."""
        total = 0
        for kind, (quarter, path) in enumerate(zip(self.quarters, paths, strict=True)):
            with path.open("wb") as file:
                file.write(quarter.head)
                for number in range(kind, self.copies, len(self.quarters)):
                    file.write(quarter.copy(number, *self._place(number)) + b"\n")
                    total += quarter.buildings
                file.write(quarter.tail)
        return total

    def _place(self, number: int) -> tuple[float, float]:
        """Of a copy: the first is in the middle, so that nothing is far from it."""
        columns = math.ceil(math.sqrt(self.copies))
        cell = (number + columns * (columns // 2) + columns // 2) % (columns * columns)
        side = max(quarter.side_m for quarter in self.quarters)
        half = columns // 2
        return (
            self.east + (cell % columns - half) * side,
            self.north + (cell // columns - half) * side,
        )
