"""The whole of Ellerhaven, district by district, made from a seed and from nothing else."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING

from citiverse_assets import countryside, heart, markings, pieces, planting, quarters
from citiverse_assets.crowding import Taken
from citiverse_assets.district import District, land_of, with_light
from citiverse_assets.houses import Building, house
from citiverse_assets.landmarks import landmarks
from citiverse_assets.plan import overlaps
from citiverse_assets.streets import LANES, market_plots, plots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_assets.fields import Box
    from citiverse_assets.pieces import Piece
    from citiverse_assets.quarters import Cell

SEED = 1742

AROUND: tuple[tuple[str, Box], ...] = (
    ("west", (-384.0, -192.0, -288.0, 384.0)),
    ("east", (288.0, -192.0, 384.0, 384.0)),
    ("north", (-384.0, 384.0, 384.0, 480.0)),
    ("fjord", (-384.0, -384.0, 384.0, -192.0)),
)
"""What lies around the heart where no quarters do."""

HEART_BUILDINGS = 300
QUARTER_BUILDINGS = 88
"""How many buildings they have at least, on average."""

CONNECTED: frozenset[tuple[Cell, Cell]] = frozenset(
    {((-1, 1), (0, 1)), ((3, 1), (2, 1)), ((1, 3), (1, 2))}
)
"""Quarters whose street meets one of the heart, with the heart's cell."""


@dataclass(frozen=True)
class Town:
    """The heart and what lies around it: about as many buildings as are wanted, from 300 up."""

    seed: int = SEED
    buildings: int = HEART_BUILDINGS

    @cached_property
    def quarters(self) -> frozenset[Cell]:
        """The cells that are built over, nearest to the heart first taken."""
        count = math.ceil(max(self.buildings - HEART_BUILDINGS, 0) / QUARTER_BUILDINGS)
        reach = 3 + math.isqrt(count)
        cells = (
            (column, row)
            for column in range(-reach, reach + 3)
            for row in range(1, reach + 3)
            if not _in_heart((column, row))
        )
        return frozenset(sorted(cells, key=_from_heart)[:count])

    @property
    def box(self) -> Box:
        """The rectangle of all districts together."""
        boxes = [quarters.box_of(cell) for cell in self._cells()]
        boxes = boxes or [box for _, box in AROUND]
        west, south, east, north = zip(*boxes, strict=True)
        return (min(west), min(south), max(east), max(north))

    def districts(self) -> Iterator[District]:
        """One after the other; the same seed and size give the same town."""
        yield _heart(self.seed)
        for name, box in () if self.quarters else AROUND:
            yield countryside.district(name, box, self.seed, roads=True)
        for cell in self._cells():
            if cell in self.quarters:
                yield quarters.district(cell, self.seed, self._meets)
            elif not _in_heart(cell):
                name = f"field {cell[0] + 100} {cell[1] + 100}"
                yield countryside.district(name, quarters.box_of(cell), self.seed, roads=False)

    def _cells(self) -> tuple[Cell, ...]:
        """All cells of the rectangle around the quarters, down to the fjord; none without them."""
        if not self.quarters:
            return ()
        columns, rows = zip(*self.quarters, strict=True)
        return tuple(
            (column, row)
            for row in range(-1, max(2, *rows) + 1)
            for column in range(min(0, *columns), max(2, *columns) + 1)
        )

    def _meets(self, cell: Cell, neighbour: Cell) -> bool:
        return neighbour in self.quarters or (cell, neighbour) in CONNECTED


def _in_heart(cell: Cell) -> bool:
    return 0 <= cell[0] <= 2 and 0 <= cell[1] <= 2


def _from_heart(cell: Cell) -> tuple[float, Cell]:
    return (math.hypot(cell[0] - 1, cell[1] - 1), cell)


def _heart(seed: int) -> District:
    areas = heart.areas()
    buildings = build(seed)
    land, on_it = land_of(heart.BOX, areas)
    return District(
        name="heart",
        ground=land,
        surfaces=(*on_it, heart.quay_wall(), *markings.markings()),
        buildings=buildings,
        plants=planting.heart(areas, buildings, Random(seed + 1)),
        pieces=(*pieces.heart(), *_lamps()),
        stories=tuple((lane.name, lane.story) for lane in LANES),
    )


def _lamps() -> Iterator[Piece]:
    for lane in LANES:
        apart = 26.0 if lane.width > 6.0 else 22.0
        yield from pieces.lamps(lane, apart)


def build(seed: int = SEED) -> tuple[Building, ...]:
    """The buildings of the heart. The same seed gives the same ones."""
    random = Random(seed)
    buildings = list(landmarks())
    taken = Taken((lane.line, lane.width / 2 - 0.4) for lane in LANES)
    for footprint in (solid.footprint for each in buildings for solid in each.solids):
        taken.add(footprint)
    for plot in (*market_plots(), *(plot for lane in LANES for plot in plots(lane, random))):
        built = house(plot, random)
        footprint = built.solids[0].footprint
        on_square = any(overlaps(footprint, square) for square in heart.KEPT_FREE)
        if taken.has_room(footprint) and not on_square:
            taken.add(footprint)
            buildings.append(built)
    return tuple(with_light(building, taken) for building in buildings)
