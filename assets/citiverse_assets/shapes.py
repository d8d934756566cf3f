"""Closed solids over footprints, and the forms of their roofs.

Every face is planar and counter-clockwise seen from outside, and each edge is shared by exactly two
faces. Heights are metres above the sea; plan coordinates are those of `terrain`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias, TypeVar

from citiverse_assets.plan import Point, centre, mix

T = TypeVar("T")
Vertex: TypeAlias = tuple[float, float, float]
Ring: TypeAlias = tuple[Vertex, ...]
Footprint: TypeAlias = tuple[Point, ...]
"""Counter-clockwise; where it has four corners, they are those of a `plan.Quad`."""

PARAPET_M = 0.36
"""How thick a stepped gable is."""

STEPS = 4
"""Steps on each side of a stepped gable."""


class Surface(Enum):
    """Thematic surfaces; the values are CityGML's element names."""

    GROUND = "GroundSurface"
    WALL = "WallSurface"
    ROOF = "RoofSurface"


class Roof(Enum):
    """Roof forms, in words for the file's `roofType`."""

    FLAT = "flat roof"
    GABLE_ALONG = "gabled roof, ridge along the street"
    GABLE_ACROSS = "gabled roof, gable to the street"
    STEPPED = "gabled roof, stepped gable to the street"
    HALF_HIPPED = "half-hipped roof"
    HIPPED = "hipped roof"
    MANSARD = "mansard roof"
    TENTED = "tented roof"


ACROSS = (Roof.GABLE_ACROSS, Roof.STEPPED)
"""Roofs whose gable looks at the street."""

Face: TypeAlias = tuple[Surface, Ring]


@dataclass(frozen=True, slots=True)
class Solid:
    """A footprint with walls up to the eaves and a roof up to the ridge (all in metres).

    `taper` makes what stands on it narrower: the eaves' outline as a share of the footprint.
    """

    footprint: Footprint
    base: float
    eaves: float
    ridge: float
    roof: Roof
    taper: float = 1.0

    @property
    def faces(self) -> tuple[Face, ...]:
        """The faces of the closed solid: the ground, the walls, then the roof."""
        corners = tuple(map(_rounded, self.footprint))
        ground = tuple((x, y, self.base) for x, y in reversed(corners))
        return ((Surface.GROUND, ground), *_BODIES[self.roof](corners, self))

    @property
    def height(self) -> float:
        """From the ground to the highest point, metres."""
        return self.ridge - self.base


def _flat(corners: Footprint, solid: Solid) -> tuple[Face, ...]:
    top = _eaves(corners, solid)
    return (*_upright(corners, top, solid), (Surface.ROOF, top))


def _tented(corners: Footprint, solid: Solid) -> tuple[Face, ...]:
    top = _eaves(corners, solid)
    apex = (*_rounded(centre(corners)), solid.ridge)
    slopes = tuple((Surface.ROOF, (*pair, apex)) for pair in _sides(top))
    return (*_upright(corners, top, solid), *slopes)


def _eaves(corners: Footprint, solid: Solid) -> Ring:
    middle = centre(corners)
    return tuple((*_rounded(mix(middle, p, solid.taper)), solid.eaves) for p in corners)


def _upright(corners: Footprint, top: Ring, solid: Solid) -> tuple[Face, ...]:
    return tuple(
        (Surface.WALL, ((*a, solid.base), (*b, solid.base), d, c))
        for (a, b), (c, d) in zip(_sides(corners), _sides(top), strict=True)
    )


def _gable_along(corners: Footprint, solid: Solid) -> tuple[Face, ...]:
    return _profile(corners, solid, ((0.5, 1.0),))


def _gable_across(corners: Footprint, solid: Solid) -> tuple[Face, ...]:
    # The same as along, with the footprint turned a quarter.
    return _profile((*corners[1:], corners[0]), solid, ((0.5, 1.0),))


def _mansard(corners: Footprint, solid: Solid) -> tuple[Face, ...]:
    return _profile(corners, solid, ((0.14, 0.68), (0.5, 1.0), (0.86, 0.68)))


def _profile(
    corners: Footprint, solid: Solid, breaks: tuple[tuple[float, float], ...]
) -> tuple[Face, ...]:
    """A roof of one profile from side to side; `breaks` are (share of depth, share of height)."""
    a, b, c, d = corners
    right = tuple(_up(mix(b, c, along), solid, up) for along, up in breaks)
    left = tuple(_up(mix(a, d, along), solid, up) for along, up in breaks)
    walls = (
        (*_foot(a, b, solid), (*b, solid.eaves), (*a, solid.eaves)),
        (*_foot(b, c, solid), (*c, solid.eaves), *reversed(right), (*b, solid.eaves)),
        (*_foot(c, d, solid), (*d, solid.eaves), (*c, solid.eaves)),
        (*_foot(d, a, solid), (*a, solid.eaves), *left, (*d, solid.eaves)),
    )
    rights = ((*b, solid.eaves), *right, (*c, solid.eaves))
    lefts = ((*a, solid.eaves), *left, (*d, solid.eaves))
    slopes = (
        (low_left, low_right, high_right, high_left)
        for (low_right, high_right), (low_left, high_left) in zip(
            itertools.pairwise(rights), itertools.pairwise(lefts), strict=True
        )
    )
    return (*((Surface.WALL, wall) for wall in walls), *((Surface.ROOF, s) for s in slopes))


def _hipped(corners: Footprint, solid: Solid) -> tuple[Face, ...]:
    top = _eaves(corners, solid)
    a, b, c, d = top
    right, left = mix(corners[1], corners[2], 0.5), mix(corners[3], corners[0], 0.5)
    end, start = _up(mix(right, left, 0.22), solid, 1.0), _up(mix(left, right, 0.22), solid, 1.0)
    slopes = ((a, b, end, start), (c, d, start, end), (b, c, end), (d, a, start))
    return (*_upright(corners, top, solid), *((Surface.ROOF, slope) for slope in slopes))


def _half_hipped(corners: Footprint, solid: Solid, share: float = 0.55) -> tuple[Face, ...]:
    """A gable whose upper part leans back; `share` of the roof's height is gable."""
    a, b, c, d = corners
    right, left = mix(b, c, 0.5), mix(a, d, 0.5)
    end, start = _up(mix(right, left, 0.16), solid, 1.0), _up(mix(left, right, 0.16), solid, 1.0)
    b1, c1 = _up(mix(b, c, share / 2), solid, share), _up(mix(c, b, share / 2), solid, share)
    a1, d1 = _up(mix(a, d, share / 2), solid, share), _up(mix(d, a, share / 2), solid, share)
    e = solid.eaves
    walls = (
        (*_foot(a, b, solid), (*b, e), (*a, e)),
        (*_foot(b, c, solid), (*c, e), c1, b1, (*b, e)),
        (*_foot(c, d, solid), (*d, e), (*c, e)),
        (*_foot(d, a, solid), (*a, e), a1, d1, (*d, e)),
    )
    slopes = (
        ((*a, e), (*b, e), b1, end, start, a1),
        ((*c, e), (*d, e), d1, start, end, c1),
        (b1, c1, end),
        (d1, a1, start),
    )
    return (*((Surface.WALL, wall) for wall in walls), *((Surface.ROOF, s) for s in slopes))


def _stepped(corners: Footprint, solid: Solid) -> tuple[Face, ...]:
    """A gable to the street that rises in steps above the roof behind it."""
    a, b, c, d = corners
    depth = ((a[0] - d[0]) ** 2 + (a[1] - d[1]) ** 2) ** 0.5
    a2, b2 = _rounded(mix(a, d, PARAPET_M / depth)), _rounded(mix(b, c, PARAPET_M / depth))
    columns = 2 * STEPS + 1
    rise = (solid.ridge - solid.eaves) / (STEPS + 0.5)
    tops = [
        round(solid.eaves + min(i, columns - 1 - i) * rise + rise + 0.15, 2) for i in range(columns)
    ]
    front, back = _staircase(a, b, tops), _staircase(a2, b2, tops)
    e, mid2 = solid.eaves, _up(mix(a2, b2, 0.5), solid, 1.0)
    mid3 = _up(mix(c, d, 0.5), solid, 1.0)
    walls: tuple[Ring, ...] = (
        (*_foot(a, b, solid), *reversed(front)),
        (*_foot(b, c, solid), (*c, e), (*b2, e), back[-1], front[-1]),
        (*_foot(c, d, solid), (*d, e), mid3, (*c, e)),
        (*_foot(d, a, solid), front[0], back[0], (*a2, e), (*d, e)),
        ((*b2, e), mid2, (*a2, e), *back),
    )
    treads = tuple((front[i], front[i + 1], back[i + 1], back[i]) for i in range(len(front) - 1))
    slopes = (((*b2, e), (*c, e), mid3, mid2), ((*d, e), (*a2, e), mid2, mid3))
    level = tuple(
        (Surface.ROOF if ring[0][2] == ring[1][2] else Surface.WALL, ring) for ring in treads
    )
    return (*((Surface.WALL, w) for w in walls), *level, *((Surface.ROOF, s) for s in slopes))


def _staircase(start: Point, end: Point, tops: list[float]) -> Ring:
    """From the start's first top over all treads and risers to the end's last top."""
    count = len(tops)
    at = [_rounded(mix(start, end, i / count)) for i in range(count + 1)]
    return tuple((*point, top) for i, top in enumerate(tops) for point in (at[i], at[i + 1]))


def _foot(a: Point, b: Point, solid: Solid) -> Ring:
    return ((*a, solid.base), (*b, solid.base))


def _up(point: Point, solid: Solid, share: float) -> Vertex:
    return (*_rounded(point), round(solid.eaves + (solid.ridge - solid.eaves) * share, 3))


def _sides(ring: tuple[T, ...]) -> tuple[tuple[T, T], ...]:
    return tuple(zip(ring, (*ring[1:], ring[0]), strict=True))


def _rounded(point: Point) -> Point:
    # Millimetres, once for every use of a corner, so that faces share their points exactly.
    return (round(point[0], 3), round(point[1], 3))


_BODIES = {
    Roof.FLAT: _flat,
    Roof.TENTED: _tented,
    Roof.GABLE_ALONG: _gable_along,
    Roof.GABLE_ACROSS: _gable_across,
    Roof.STEPPED: _stepped,
    Roof.HALF_HIPPED: _half_hipped,
    Roof.HIPPED: _hipped,
    Roof.MANSARD: _mansard,
}
