"""Closed solids over four-cornered footprints: flat, gabled, hipped and tented roofs.

Every face is planar and convex, and counter-clockwise seen from outside. Heights are metres above
the sea; plan coordinates are those of `terrain`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from citiverse_assets.plan import Point, Quad, mix

Vertex: TypeAlias = tuple[float, float, float]
Ring: TypeAlias = tuple[Vertex, ...]


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
    HIPPED = "hipped roof"
    TENTED = "tented roof"


@dataclass(frozen=True, slots=True)
class Solid:
    """A footprint with walls up to the eaves and a roof up to the ridge (all in metres)."""

    footprint: Quad
    base: float
    eaves: float
    ridge: float
    roof: Roof

    @property
    def faces(self) -> tuple[tuple[Surface, Ring], ...]:
        """The faces of the closed solid."""
        corners = tuple(_rounded(point) for point in self.footprint)
        ground = tuple((x, y, self.base) for x, y in reversed(corners))
        if self.roof is Roof.GABLE_ACROSS:
            # The same as along, with the footprint turned a quarter.
            corners = (*corners[1:], corners[0])
        tops = _tops(corners, self)
        return ((Surface.GROUND, ground), *_walls(corners, self), *tops)

    @property
    def height(self) -> float:
        """From the ground to the highest point, metres."""
        return self.ridge - self.base


def _walls(corners: tuple[Point, ...], solid: Solid) -> tuple[tuple[Surface, Ring], ...]:
    walls = []
    gabled = solid.roof in (Roof.GABLE_ALONG, Roof.GABLE_ACROSS)
    for side, (a, b) in enumerate(zip(corners, (*corners[1:], corners[0]), strict=True)):
        ring: Ring = (
            (*a, solid.base),
            (*b, solid.base),
            (*b, solid.eaves),
            (*a, solid.eaves),
        )
        if gabled and side % 2:
            ring = (*ring[:3], (*_rounded(mix(a, b, 0.5)), solid.ridge), ring[3])
        walls.append((Surface.WALL, ring))
    return tuple(walls)


def _tops(corners: tuple[Point, ...], solid: Solid) -> tuple[tuple[Surface, Ring], ...]:
    low = tuple((x, y, solid.eaves) for x, y in corners)
    a, b, c, d = low
    if solid.roof is Roof.FLAT:
        return ((Surface.ROOF, low),)
    right = _rounded(mix(corners[1], corners[2], 0.5))
    left = _rounded(mix(corners[3], corners[0], 0.5))
    if solid.roof is Roof.TENTED:
        apex = (*_rounded(mix(left, right, 0.5)), solid.ridge)
        return tuple((Surface.ROOF, (p, q, apex)) for p, q in ((a, b), (b, c), (c, d), (d, a)))
    if solid.roof is Roof.HIPPED:
        right, left = _rounded(mix(right, left, 0.22)), _rounded(mix(left, right, 0.22))
    end, start = (*right, solid.ridge), (*left, solid.ridge)
    slopes = ((Surface.ROOF, (a, b, end, start)), (Surface.ROOF, (c, d, start, end)))
    if solid.roof is Roof.HIPPED:
        return (*slopes, (Surface.ROOF, (b, c, end)), (Surface.ROOF, (d, a, start)))
    return slopes


def _rounded(point: Point) -> Point:
    # Millimetres, once for every use of a corner, so that faces share their points exactly.
    return (round(point[0], 3), round(point[1], 3))
