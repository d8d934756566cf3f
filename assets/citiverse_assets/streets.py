"""The lanes of Ellerhaven, and the plots along them."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from citiverse_assets.plan import Point, Quad, at_length, rectangle, shift, smooth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random


@dataclass(frozen=True)
class Lane:
    """A lane by the corners of its middle line, smoothed; `width` from house front to house front.

    `gap_chance` is how often a plot stays empty; `start` and `end` keep crossings free, metres.
    `story` is why it is called so.
    """

    name: str
    corners: tuple[Point, ...]
    width: float
    carriageway: float = 3.2
    gap_chance: float = 0.14
    left: bool = True
    right: bool = True
    start: float = 3.0
    end: float = 3.0
    story: str = ""

    @cached_property
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


HARBOUR_STREET = Lane(
    "Harbour Street",
    ((-288, 96), (-252, 96), (-226, 66), (-190, 44), (-80, 38), (0, 41), (90, 38), (206, 48)),
    13.0,
    6.0,
    right=False,
    start=44.0,
    story="The tram has run along it since 1903, and in autumn gales the spray reaches its rails.",
)
WINDMILL_WAY = Lane(
    "Windmill Way",
    ((112, 262), (104, 300), (50, 318), (0, 326), (0, 350), (0, 384)),
    9.0,
    4.0,
    0.35,
    end=30.0,
    story="Carters rested their horses at the bend, and the miller sold them beer.",
)
LIGHTHOUSE_ROAD = Lane(
    "Lighthouse Road",
    ((95, 123), (150, 112), (204, 124), (240, 96), (262, 96), (288, 96)),
    9.0,
    5.0,
    0.1,
    left=False,
    end=12.0,
    story="Its lamps were lit in pairs, so that pilots could steer by them.",
)
LANES = (
    HARBOUR_STREET,
    Lane(
        "Church Hill",
        ((-36, 104), (-62, 140), (-54, 178), (-92, 206)),
        5.5,
        story="Every coffin and every bride of Ellerhaven has been carried up here on foot.",
    ),
    Lane(
        "Rope Walk",
        ((92, 39), (84, 100), (112, 150), (96, 205), (112, 262)),
        6.5,
        start=10.0,
        story="Ropes were twisted along its whole length; the bend came when the rope maker sold.",
    ),
    Lane(
        "Sailmaker Lane",
        ((-192, 128), (-120, 132), (-60, 152)),
        6.0,
        story="Sails were hung from window to window to dry.",
    ),
    Lane(
        "Lantern Lane",
        ((36, 104), (62, 126), (98, 128)),
        5.0,
        story="The night watch began its round here.",
    ),
    Lane(
        "Bell Lane",
        ((-58, 151), (-8, 138), (38, 148), (106, 158)),
        5.5,
        left=False,
        story="The bell of St Nicholas was cast in its lower yard in 1511.",
    ),
    Lane(
        "Cooper Street",
        ((-76, 39), (-70, 82), (-90, 137)),
        5.5,
        start=10.0,
        story="Barrels rolled down it to the herring boats, and once all the way into the harbour.",
    ),
    Lane(
        "Fish Lane",
        ((58, 39), (62, 74), (56, 121)),
        5.0,
        start=10.0,
        story="The cats know why.",
    ),
    Lane(
        "Gull Lane",
        ((-124, 40), (-116, 92), (-138, 130), (-128, 190), (-118, 208)),
        5.5,
        start=10.0,
        end=24.0,
        story="It is the windiest lane of the town, and the washing dries in an hour.",
    ),
    Lane(
        "Orchard Row",
        ((-54, 172), (0, 184), (50, 178), (104, 190)),
        8.0,
        3.6,
        0.35,
        story="Each garden still has an apple tree of the monks.",
    ),
    LIGHTHOUSE_ROAD,
    Lane(
        "Widow's Walk",
        ((-92, 206), (-62, 214), (-50, 258), (-24, 296), (0, 326)),
        6.0,
        story="The wives of the fishermen climbed it to look out for sails.",
    ),
    Lane(
        "Captain's Row",
        ((-50, 258), (-96, 262), (-150, 250), (-196, 232)),
        6.5,
        gap_chance=0.3,
        story="Retired captains built here, each a little higher than the last.",
    ),
    Lane(
        "Herring Row",
        ((-204, 50), (-186, 96), (-192, 128), (-196, 232)),
        6.0,
        start=18.0,
        story="Its houses have no cellars: the catch of 1799 paid for walls, not for digging.",
    ),
    Lane(
        "Park Walk",
        ((104, 176), (122, 180), (140, 182)),
        6.0,
        gap_chance=0.0,
        story="The harbour master planted the oak at its end on the day that he retired.",
    ),
    Lane(
        "Pilot's Steps",
        ((150, 42), (154, 80), (150, 114)),
        5.0,
        start=10.0,
        story="A pilot who was called at night had a hundred and twelve paces to his boat.",
    ),
    WINDMILL_WAY,
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
        y = 48.0
        for index, width in enumerate((8.2, 7.6, 8.4, 7.2, 8.8, 7.6)):
            front: Point = (side * 32.0, y + width / 2)
            number = 2 * index + (1 if side < 0 else 2)
            houses.append(Plot(square, number, rectangle(front, facing, width, 12.0), in_row=False))
            y += width + 0.5
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
            width = random.uniform(6.2, 9.6)
            if at + width > length - lane.end:
                return
            if random.random() >= lane.gap_chance:
                footprint = _footprint(line, side, lane.width / 2, (at, at + width), depth)
                # Inside of a sharp bend a plot runs to a point: nobody builds there.
                if math.dist(footprint[2], footprint[3]) > 4.5:
                    yield Plot(lane, number, footprint, in_row)
            at += width
            number += 2
        at += random.uniform(1.8, 5.0)


def _footprint(
    line: tuple[Point, ...], side: float, offset: float, reach: tuple[float, float], depth: float
) -> Quad:
    """Front and back are parallel; the sides follow the lane's normals, as party walls do."""
    (start, start_normal), (end, end_normal) = (at_length(line, along) for along in reach)
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
