"""Keeps footprints out of each other and out of the lanes, however many there are."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING

from citiverse_assets.fields import around
from citiverse_assets.plan import near_line, overlaps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from citiverse_assets.plan import Point
    from citiverse_assets.shapes import Footprint

CELL_M = 32.0


class Taken:
    """The footprints so far, by the cells of a grid that they reach into."""

    def __init__(self, lines: Iterable[tuple[tuple[Point, ...], float]]) -> None:
        """`lines` are kept free to the distance that stands with each, metres."""
        self._quads: defaultdict[tuple[int, int], list[Footprint]] = defaultdict(list)
        self._steps: defaultdict[tuple[int, int], list[tuple[tuple[Point, Point], float]]]
        self._steps = defaultdict(list)
        for line, distance in lines:
            for step in itertools.pairwise(line):
                for cell in _cells(step, distance):
                    self._steps[cell].append((step, distance))

    def add(self, footprint: Footprint) -> None:
        """Nothing else may stand here."""
        for cell in _cells(footprint, 0.0):
            self._quads[cell].append(footprint)

    def is_free(self, strip: Footprint, but: tuple[Footprint, ...]) -> bool:
        """True where no footprint but those reaches into the strip."""
        return not any(
            overlaps(strip, other)
            for cell in _cells(strip, 0.0)
            for other in self._quads[cell]
            if other not in but
        )

    def has_room(self, footprint: Footprint) -> bool:
        """True where the footprint is clear of all others and of the lines."""
        for cell in _cells(footprint, 0.0):
            if any(overlaps(footprint, other) for other in self._quads[cell]):
                return False
            if any(near_line(footprint, step, width) for step, width in self._steps[cell]):
                return False
        return True


def _cells(points: tuple[Point, ...], margin: float) -> Iterator[tuple[int, int]]:
    west, south, east, north = around(points, margin)
    for x in range(int(west // CELL_M), int(east // CELL_M) + 1):
        for y in range(int(south // CELL_M), int(north // CELL_M) + 1):
            yield x, y
