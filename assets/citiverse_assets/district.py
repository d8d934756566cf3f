"""A rectangle of the town, with all that is in it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from citiverse_assets import heart
from citiverse_assets.ground import Ground, ground
from citiverse_assets.land import SAND, WATER, Area, Surfaces, surfaces
from citiverse_assets.plan import mix, shift

if TYPE_CHECKING:
    from collections.abc import Iterable

    from citiverse_assets.crowding import Taken
    from citiverse_assets.fields import Box
    from citiverse_assets.houses import Building
    from citiverse_assets.pieces import Piece
    from citiverse_assets.plan import Point, Quad
    from citiverse_assets.plants import Plant


@dataclass(frozen=True, slots=True)
class District:
    """One part of the town; `stories` tell of its streets by name."""

    name: str
    ground: Ground
    surfaces: tuple[Surfaces, ...]
    buildings: tuple[Building, ...] = ()
    plants: tuple[Plant, ...] = ()
    pieces: tuple[Piece, ...] = ()
    stories: tuple[tuple[str, str], ...] = ()


def land_of(box: Box, areas: Iterable[Area]) -> tuple[Ground, tuple[Surfaces, ...]]:
    """The ground of a district and what lies on it, water included."""
    given = tuple(areas)
    # Water and sand have no border of their own: it follows from the height of the ground.
    bordered = (a.region for a in given if a.level_m is None and a.function != SAND)
    land = ground(box, bordered)
    on_ground = (each for each in surfaces(land, given) if each.function != WATER)
    # Water is even: it needs fine triangles along its shores only.
    afloat = surfaces(ground(box, (), heart.WATER_RELIEF), heart.water())
    return land, (*on_ground, *afloat)


def with_light(building: Building, taken: Taken) -> Building:
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
