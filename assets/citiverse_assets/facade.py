"""LoD3 walls: where windows and doors are, the holes for them, and the reveals around the holes.

Rows and bays follow the building's storeys and the wall's width; leaves are set back a little.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from citiverse_assets import terrain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_assets.houses import Building
    from citiverse_assets.shapes import Ring, Solid, Vertex

Flat: TypeAlias = tuple[tuple[float, float], ...]
"""An outline in a wall: metres along it and heights, counter-clockwise seen from outside."""

WINDOW, DOOR = "Window", "Door"
SETBACK_M = 0.14
MARGIN_M = 0.3
"""Between an opening and the border of its wall."""


@dataclass(frozen=True, slots=True)
class Style:
    """How the openings of a kind of building are; metres."""

    width: float = 1.05
    height: float = 1.5
    sill: float = 0.85
    bay: float = 1.95
    door_width: float = 1.1
    door_height: float = 2.25
    shop: bool = False
    loading: bool = False
    pointed: bool = False


STYLES = {
    "home": Style(),
    "shop and home": Style(height=1.6, bay=2.15, shop=True),
    "warehouse": Style(width=0.9, height=1.0, sill=1.1, bay=4.0, loading=True),
    "town hall": Style(width=1.5, height=2.1, bay=4.9, door_width=2.0, door_height=2.9),
    "office": Style(width=1.15, height=1.8, bay=2.7, door_width=1.4, door_height=2.5),
    "church": Style(width=1.3, height=5.2, sill=2.6, bay=4.2, door_width=2.0, door_height=3.2,
                    pointed=True),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opening:
    """A window or door: its leaf, set back from the wall."""

    kind: str
    ring: Ring


@dataclass(frozen=True, slots=True)
class Wall:
    """A wall in its LoD3: outline, holes, the openings behind them and the reveals between."""

    ring: Ring
    holes: tuple[Ring, ...] = ()
    reveals: tuple[Ring, ...] = ()
    openings: tuple[Opening, ...] = ()


def wall(building: Building, solid: Solid, ring: Ring, is_front: bool, is_open: bool) -> Wall:
    """The wall of that outline; a wall that isn't open to the air stays blind."""
    style = STYLES.get(building.function, Style())
    if not is_open or not ring[0][2] == ring[1][2] == solid.base:
        return Wall(ring)
    frame = _Frame(ring)
    chosen: list[tuple[str, Flat]] = []
    for kind, outline in _wanted(building, solid, frame, style, is_front):
        if frame.holds(outline) and not any(_meet(outline, other) for _, other in chosen):
            chosen.append((kind, outline))
    holes = tuple(frame.ring(outline[::-1]) for _, outline in chosen)
    openings = tuple(Opening(kind, frame.ring(outline, SETBACK_M)) for kind, outline in chosen)
    reveals = tuple(side for _, outline in chosen for side in frame.reveals(outline))
    return Wall(ring, holes, reveals, openings)


class _Frame:
    """A wall's own coordinates: along its foot, and up."""

    def __init__(self, ring: Ring) -> None:
        (ax, ay, _), (bx, by, _) = ring[0], ring[1]
        self.length = math.hypot(bx - ax, by - ay)
        self._start = (ax, ay)
        self._along = ((bx - ax) / self.length, (by - ay) / self.length)
        self._outline = tuple((self._u(p), p[2]) for p in ring)

    def _u(self, point: Vertex) -> float:
        x, y = point[0] - self._start[0], point[1] - self._start[1]
        return x * self._along[0] + y * self._along[1]

    def ground(self, u: float) -> float:
        """Height of the ground half a metre before the wall."""
        x, y, _ = self._place(u, 0.0, -0.5)
        return terrain.height_m(x, y)

    def ring(self, outline: Flat, back: float = 0.0) -> Ring:
        """The outline in space, moved into the building by `back` metres."""
        return tuple(self._place(u, v, back) for u, v in outline)

    def reveals(self, outline: Flat) -> Iterator[Ring]:
        """The sides of the hole, looking into it."""
        for (u, v), (s, t) in zip(outline, (*outline[1:], outline[0]), strict=True):
            yield (
                self._place(u, v, 0.0),
                self._place(s, t, 0.0),
                self._place(s, t, SETBACK_M),
                self._place(u, v, SETBACK_M),
            )

    def holds(self, outline: Flat) -> bool:
        """True where the outline lies in the wall with a margin around."""
        us, vs = zip(*outline, strict=True)
        low = min(vs) - 0.02
        corners = (
            (min(us) - MARGIN_M, low),
            (max(us) + MARGIN_M, low),
            (max(us) + MARGIN_M, max(vs) + MARGIN_M),
            (min(us) - MARGIN_M, max(vs) + MARGIN_M),
        )
        return all(_inside(corner, self._outline) for corner in corners)

    def _place(self, u: float, v: float, back: float) -> Vertex:
        x, y = self._start[0] + self._along[0] * u, self._start[1] + self._along[1] * u
        return (
            round(x - self._along[1] * back, 4),
            round(y + self._along[0] * back, 4),
            round(v, 4),
        )


def _wanted(
    building: Building, solid: Solid, frame: _Frame, style: Style, is_front: bool
) -> Iterator[tuple[str, Flat]]:
    """Doors first, then windows row by row; what doesn't fit is left out by the caller."""
    middle = frame.length / 2
    bays = max(1, math.floor((frame.length - 0.7) / style.bay))
    centres = [middle + (i - (bays - 1) / 2) * (frame.length - 0.7) / bays for i in range(bays)]
    floor = max(frame.ground(middle), solid.base + 0.1) + 0.1
    storey = (solid.eaves - floor - 0.3) / max(building.storeys, 1)
    if is_front:
        door = middle if bays % 2 else centres[building.year % bays]
        low = frame.ground(door) + 0.12
        yield DOOR, _rectangle(door, low, style.door_width, style.door_height)
    if style.loading and is_front:
        for row in range(building.storeys + 1):
            yield DOOR, _rectangle(middle, floor + row * storey + 0.1, 1.7, 2.1)
    for row in range(building.storeys + 3):
        sill = floor + row * storey + style.sill
        height = min(style.height, max(storey - style.sill - 0.25, 0.7))
        for centre in centres:
            if sill < frame.ground(centre) + 0.45:
                continue
            if row == 0 and style.shop and is_front:
                yield WINDOW, _rectangle(centre, frame.ground(centre) + 0.6, 1.6, 1.75)
            elif row >= building.storeys:
                # Under a gable: smaller, and nearer to the middle.
                yield WINDOW, _rectangle(middle + (centre - middle) * 0.8, sill - 0.2, 0.85, 1.1)
            elif style.pointed:
                yield WINDOW, _lancet(centre, sill, style.width, style.height)
            else:
                yield WINDOW, _rectangle(centre, sill, style.width, height)


def _rectangle(middle: float, low: float, width: float, height: float) -> Flat:
    left, right, top = middle - width / 2, middle + width / 2, low + height
    return ((left, low), (right, low), (right, top), (left, top))


def _lancet(middle: float, low: float, width: float, height: float) -> Flat:
    left, right, spring = middle - width / 2, middle + width / 2, low + height - width
    shoulder = low + height - 0.35 * width
    inner = width * 0.3
    return (
        (left, low),
        (right, low),
        (right, spring),
        (middle + inner, shoulder),
        (middle, low + height),
        (middle - inner, shoulder),
        (left, spring),
    )


def _meet(one: Flat, other: Flat) -> bool:
    (a, b), (c, d) = zip(*one, strict=True), zip(*other, strict=True)
    across = min(a) < max(c) + MARGIN_M and min(c) < max(a) + MARGIN_M
    return bool(across and min(b) < max(d) + MARGIN_M and min(d) < max(b) + MARGIN_M)


def _inside(point: tuple[float, float], outline: Flat) -> bool:
    """Even-odd rule."""
    u, v = point
    odd = False
    for (a, b), (c, d) in zip(outline, (*outline[1:], outline[0]), strict=True):
        if (b > v) != (d > v) and u < a + (c - a) * (v - b) / (d - b):
            odd = not odd
    return odd
