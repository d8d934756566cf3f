"""The lanes of Ellerhaven, and the plots along them."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse_assets.plan import Point, Quad, rectangle, shift, smooth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane by the corners of its middle line, smoothed; `width` from house front to house front.

    `gap_chance` is how often a plot stays empty; `start` and `end` keep crossings free, metres.
    """

    name: str
    corners: tuple[Point, ...]
    width: float
    gap_chance: float = 0.12
    left: bool = True
    right: bool = True
    start: float = 3.0
    end: float = 3.0

    @property
    def line(self) -> tuple[Point, ...]:
        """The smooth middle line."""
        return smooth(self.corners)


@dataclass(frozen=True, slots=True)
class Plot:
    """Where a house may stand: it shares its side walls with the next plots of its row."""

    lane: Lane
    number: int
    footprint: Quad
    in_row: bool


LANES = (
    Lane("Harbour Street", ((-190, 44), (-80, 38), (0, 41), (90, 38), (195, 48)), 8.0, right=False),
    Lane("Church Hill", ((-36, 104), (-62, 140), (-54, 178), (-92, 206)), 5.5),
    Lane("Rope Walk", ((92, 46), (84, 100), (112, 150), (96, 205), (112, 262)), 6.5),
    Lane("Sailmaker Lane", ((-192, 128), (-120, 132), (-60, 152)), 6.0),
    Lane("Lantern Lane", ((36, 104), (62, 126), (104, 128)), 5.0, 0.06),
    Lane("Bell Lane", ((-48, 150), (-8, 138), (38, 148), (96, 158)), 5.5, left=False),
    Lane("Cooper Street", ((-76, 46), (-70, 82), (-88, 132)), 5.5),
    Lane("Fish Lane", ((58, 44), (62, 74), (56, 112)), 5.0, 0.06),
    Lane("Gull Lane", ((-124, 46), (-116, 92), (-138, 130), (-128, 190)), 5.5),
    Lane("Orchard Row", ((-54, 172), (0, 184), (50, 178), (104, 190)), 7.0, 0.5),
    Lane("Lighthouse Road", ((112, 120), (150, 112), (196, 122)), 7.0, 0.25),
)
"""Middle lines in town coordinates. The left side is that of a walker from first to last corner."""


def plots(lane: Lane, random: Random) -> Iterator[Plot]:
    """Plots of both sides, from the lane's start; odd numbers on the left, even on the right."""
    sides = ((1.0, lane.left, 1), (-1.0, lane.right, 2))
    for side, wanted, first_number in sides:
        if wanted:
            yield from _side(lane, side, first_number, random)


def market_plots() -> tuple[Plot, ...]:
    """Merchants' houses, gable by gable, on the west and the east side of Market Square."""
    square = Lane("Market Square", ((0.0, 48.0), (0.0, 100.0)), 64.0)
    houses = []
    for side, facing in ((-1.0, 90.0), (1.0, 270.0)):
        y = 53.0
        for index, width in enumerate((7.6, 8.4, 7.2, 9.0, 8.0)):
            front: Point = (side * 32.0, y + width / 2)
            number = 2 * index + (1 if side < 0 else 2)
            houses.append(Plot(square, number, rectangle(front, facing, width, 12.0), in_row=False))
            y += width + 0.8
    return tuple(houses)


def _side(lane: Lane, side: float, number: int, random: Random) -> Iterator[Plot]:
    line = lane.line
    length = sum(math.dist(a, b) for a, b in itertools.pairwise(line))
    at = lane.start
    while at < length - lane.end - 8.0:
        # A row: some houses with party walls and one depth, then a passage.
        depth = random.uniform(8.0, 11.0)
        in_row = random.random() < 0.72
        for _ in range(random.randint(3, 6)):
            width = random.uniform(5.6, 8.6)
            if at + width > length - lane.end:
                return
            if random.random() >= lane.gap_chance:
                footprint = _footprint(line, side, lane.width / 2, (at, at + width), depth)
                yield Plot(lane, number, footprint, in_row)
            at += width
            number += 2
        at += random.uniform(1.6, 3.6)


def _footprint(
    line: tuple[Point, ...], side: float, offset: float, reach: tuple[float, float], depth: float
) -> Quad:
    """Front and back are parallel; the sides follow the lane's normals, as party walls do."""
    (start, start_normal), (end, end_normal) = (_at(line, along) for along in reach)
    a = shift(start, start_normal, side * offset)
    b = shift(end, end_normal, side * offset)
    if side < 0:
        # Seen from the lane, the right side runs the other way.
        a, b, start_normal, end_normal = b, a, end_normal, start_normal
    width = math.dist(a, b)
    inwards = (-(b[1] - a[1]) / width, (b[0] - a[0]) / width)
    back = []
    for corner, normal in ((b, end_normal), (a, start_normal)):
        along = (normal[0] * side, normal[1] * side)
        lean = along[0] * inwards[0] + along[1] * inwards[1]
        back.append(shift(corner, along, depth / lean))
    return (a, b, back[0], back[1])


def _at(line: tuple[Point, ...], along: float) -> tuple[Point, Point]:
    """The point `along` metres down the line, and the unit normal to its left."""
    for a, b in itertools.pairwise(line):
        step = math.dist(a, b)
        if along <= step:
            ahead = ((b[0] - a[0]) / step, (b[1] - a[1]) / step)
            return shift(a, ahead, along), (-ahead[1], ahead[0])
        along -= step
    return _at(line[-2:], math.dist(line[-2], line[-1]))
