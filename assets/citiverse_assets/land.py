"""What lies on the ground: each triangle of it is cut by the areas, the first area first.

So surfaces lie exactly on the ground, share their borders exactly and never overlap. Where a
footpath meets a carriageway, a kerb stands between them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from citiverse_assets.fields import Array, Region
    from citiverse_assets.ground import Ground
    from citiverse_assets.shapes import Ring

DRIVING_LANE, FOOTPATH, KERB, GREEN = "driving_lane", "footpath", "kerb", "green"
TRAM, MARKING, WATER, SAND = "tram", "marking", "water", "sand"

LIFTS_M = {DRIVING_LANE: 0.04, FOOTPATH: 0.1, KERB: 0.06, GREEN: 0.05, SAND: 0.05}
"""How high above the ground each kind lies; water has a level of its own."""

FAR_M = 100.0
"""Further than this from an area's box, the distance to the box does for the one to the area."""

_SLIVER_M2 = 1e-4


@dataclass(frozen=True, slots=True)
class Area:
    """A region of one function that belongs to one object; `level_m` makes it a level surface."""

    owner: str
    function: str
    region: Region
    level_m: float | None = None


@dataclass(frozen=True, slots=True)
class Surfaces:
    """All rings of one function that belong to one object."""

    owner: str
    function: str
    rings: tuple[Ring, ...]


def surfaces(ground: Ground, areas: Iterable[Area]) -> tuple[Surfaces, ...]:
    """The areas as rings on the ground, in the order of the areas. Earlier areas win."""
    wanted = tuple(areas)
    values = np.stack([_values(area.region, ground.points) for area in wanted])
    cut = _Cut(wanted, values, ground)
    corners = values[:, ground.triangles]
    whole, none = corners.min(axis=2) >= 0.0, corners.max(axis=2) <= 0.0
    # The first area that isn't absent decides; where it only cuts, the triangle is divided.
    first = np.argmax(~none, axis=0)
    touched = ~none.all(axis=0)
    is_whole = touched & np.take_along_axis(whole, first[None], axis=0)[0]
    for triangle in np.flatnonzero(is_whole).tolist():
        cut.keep(int(first[triangle]), triangle, _CORNERS)
    for triangle in np.flatnonzero(touched & ~is_whole).tolist():
        cut.divide(triangle, np.flatnonzero(~none[:, triangle]).tolist())
    return cut.collected()


_CORNERS = np.eye(3)


class _Cut:
    """Collects pieces: convex polygons given by weights of their triangle's corners, (k, 3)."""

    def __init__(self, areas: tuple[Area, ...], values: Array, ground: Ground) -> None:
        self._areas = areas
        self._values = values
        self._ground = ground
        self._rings: defaultdict[tuple[str, str], list[Ring]] = defaultdict(list)

    def keep(self, area: int, triangle: int, weights: Array) -> None:
        """Take a piece for an area."""
        chosen = self._areas[area]
        points = weights @ self._ground.points[self._ground.triangles[triangle]]
        if chosen.level_m is None:
            points[:, 2] += LIFTS_M[chosen.function]
        else:
            points[:, 2] = chosen.level_m
        ring = _ring(points)
        if len(ring) >= 3 and _size(ring) > _SLIVER_M2:
            self._rings[chosen.owner, chosen.function].append(ring)

    def divide(self, triangle: int, candidates: list[int]) -> None:
        """Give each piece of a triangle to the first area that it lies in."""
        corners = self._ground.triangles[triangle]
        rest = [_CORNERS]
        lanes: list[int] = []
        for area in candidates:
            value = self._values[area, corners]
            outside = []
            for piece in rest:
                inner, outer = _halves(piece, piece @ value)
                if inner is not None:
                    self.keep(area, triangle, inner)
                    if self._areas[area].function == FOOTPATH:
                        self._kerbs(triangle, inner, lanes, self._areas[area].owner)
                if outer is not None:
                    outside.append(outer)
            rest = outside
            if self._areas[area].function == DRIVING_LANE:
                lanes.append(area)

    def _kerbs(self, triangle: int, piece: Array, lanes: list[int], owner: str) -> None:
        """Upright faces along the sides where a carriageway was cut away."""
        corners = self._ground.triangles[triangle]
        for lane in lanes:
            on_border = np.abs(piece @ self._values[lane, corners]) < 1e-9
            for side in range(len(piece)):
                after = (side + 1) % len(piece)
                if on_border[side] and on_border[after]:
                    a, b = piece[[side, after]] @ self._ground.points[corners]
                    low, high = LIFTS_M[DRIVING_LANE], LIFTS_M[FOOTPATH]
                    face = np.array([a, b, b, a])
                    face[:, 2] += (low, low, high, high)
                    ring = _ring(face)
                    if len(ring) == 4:
                        self._rings[owner, KERB].append(ring)

    def collected(self) -> tuple[Surfaces, ...]:
        """All that was taken, by owner and function."""
        return tuple(Surfaces(*key, tuple(rings)) for key, rings in self._rings.items())


def _values(region: Region, points: Array) -> Array:
    x, y = points[:, 0], points[:, 1]
    west, south, east, north = region.box
    away = np.maximum(np.maximum(west - x, x - east), np.maximum(south - y, y - north))
    near = away < FAR_M
    values = -np.maximum(away, 1.0)
    values[near] = region.field(x[near], y[near])
    # What is a hair's breadth from the border is on it: no slivers.
    values[np.abs(values) < 0.004] = 0.0
    return np.asarray(values)


def _halves(piece: Array, value: Array) -> tuple[Array | None, Array | None]:
    """The parts of a convex piece where the value is positive and where it is negative."""
    if (value <= 1e-12).all():
        return None, piece
    if (value >= -1e-12).all():
        return piece, None
    inner, outer = [], []
    for index in range(len(piece)):
        here, after = piece[index], piece[(index + 1) % len(piece)]
        v, w = value[index], value[(index + 1) % len(piece)]
        if v >= 0.0:
            inner.append(here)
        if v <= 0.0:
            outer.append(here)
        if (v > 0.0 > w) or (v < 0.0 < w):
            crossing = here + (after - here) * (v / (v - w))
            inner.append(crossing)
            outer.append(crossing)
    return np.array(inner), np.array(outer)


def _ring(points: Array) -> Ring:
    """Rounded to millimetres, without points that then repeat the one before."""
    rounded = [(x, y, z) for x, y, z in np.round(points, 3).tolist()]
    return tuple(p for i, p in enumerate(rounded) if p != rounded[i - 1])


def _size(ring: Ring) -> float:
    """Area seen from above, m²."""
    double = 0.0
    for (ax, ay, _), (bx, by, _) in zip(ring, (*ring[1:], *ring[:1]), strict=True):
        double += (ax - ring[0][0]) * (by - ring[0][1]) - (bx - ring[0][0]) * (ay - ring[0][1])
    return double / 2
