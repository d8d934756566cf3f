"""The whole of Ellerhaven, district by district, made from a seed and from nothing else."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

from citiverse_assets import heart, pieces, planting
from citiverse_assets.crowding import Taken
from citiverse_assets.ground import Ground, ground
from citiverse_assets.houses import Building, house
from citiverse_assets.land import SAND, WATER, Surfaces, surfaces
from citiverse_assets.landmarks import landmarks
from citiverse_assets.plan import mix, overlaps, shift
from citiverse_assets.streets import LANES, market_plots, plots

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from citiverse_assets.fields import Box, Region
    from citiverse_assets.land import Area
    from citiverse_assets.pieces import Piece
    from citiverse_assets.plan import Point, Quad
    from citiverse_assets.plants import Plant

SEED = 1742


@dataclass(frozen=True, slots=True)
class District:
    """A rectangle of the town with all that is in it; `stories` tell of its streets by name."""

    name: str
    ground: Ground
    surfaces: tuple[Surfaces, ...]
    buildings: tuple[Building, ...]
    plants: tuple[Plant, ...]
    pieces: tuple[Piece, ...]
    stories: dict[str, str]


@dataclass(frozen=True, slots=True)
class Town:
    """The heart and what lies around it."""

    seed: int = SEED

    @property
    def box(self) -> Box:
        """The rectangle of all districts together."""
        return heart.BOX

    def districts(self) -> Iterator[District]:
        """One after the other; the same seed gives the same town."""
        yield _heart(self.seed)


def _heart(seed: int) -> District:
    areas = heart.areas()
    buildings = build(seed)
    land = ground(heart.BOX, outlined(areas))
    on_ground = (each for each in surfaces(land, areas) if each.function != WATER)
    # Water is even: it needs fine triangles along its shores only.
    shores = ground(heart.BOX, (), heart.WATER_RELIEF)
    afloat = surfaces(shores, heart.water())
    return District(
        name="heart",
        ground=land,
        surfaces=(*on_ground, *afloat, heart.quay_wall()),
        buildings=buildings,
        plants=planting.heart(areas, buildings, Random(seed + 1)),
        pieces=pieces.heart(),
        stories={lane.name: lane.story for lane in LANES},
    )


def outlined(areas: Iterable[Area]) -> tuple[Region, ...]:
    """Areas with a border of their own; water and sand follow from the terrain's height."""
    return tuple(area.region for area in areas if area.level_m is None and area.function != SAND)


def build(seed: int = SEED) -> tuple[Building, ...]:
    """All buildings. The same seed gives the same town."""
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
    return tuple(_with_light(building, taken) for building in buildings)


def _with_light(building: Building, taken: Taken) -> Building:
    """The building with windows only in walls that have some air before them."""
    if not building.detailed:
        return building
    own = tuple(solid.footprint for solid in building.solids)
    quad = own[0]
    sides = enumerate(zip(quad, (*quad[1:], quad[0]), strict=True))
    free = tuple(number for number, (a, b) in sides if taken.is_free(_before(a, b), own))
    return replace(building, open_walls=free)


def _before(a: Point, b: Point) -> Quad:
    """A strip before the middle of a wall, clear of the wall itself."""
    length = math.dist(a, b)
    out = ((b[1] - a[1]) / length, (a[0] - b[0]) / length)
    c, d = mix(a, b, 0.25), mix(a, b, 0.75)
    near, far = 0.15, 1.7
    return (shift(c, out, far), shift(d, out, far), shift(d, out, near), shift(c, out, near))
