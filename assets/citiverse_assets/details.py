"""What sits on a house: chimneys, dormers, sills, a cornice. Each is a building installation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse_assets.facade import WINDOW, Opening
from citiverse_assets.plan import mix
from citiverse_assets.shapes import ACROSS, Roof, Surface

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_assets.facade import Wall
    from citiverse_assets.houses import Building
    from citiverse_assets.shapes import Face, Ring, Solid, Vertex


@dataclass(frozen=True, slots=True)
class Installation:
    """A part of a building in one level of detail: its kind, its faces, its windows."""

    kind: str
    lod: int
    faces: tuple[Face, ...]
    openings: tuple[Opening, ...] = ()


def installations(building: Building, walls: tuple[Wall, ...]) -> Iterator[Installation]:
    """All of a building's; `walls` are its LoD3 walls, none where it has no LoD3."""
    solid = building.solids[0]
    if "home" in building.function:
        yield from _chimneys(building, solid)
        if solid.roof not in ACROSS and solid.roof is not Roof.FLAT and building.year % 3:
            yield from _dormers(building, solid)
    sills = tuple(face for wall in walls for face in _sills(wall))
    if sills:
        yield Installation("window sills", 3, sills)


def _chimneys(building: Building, solid: Solid) -> Iterator[Installation]:
    """One or two on the ridge, from well below it."""
    if solid.roof is Roof.FLAT:
        return
    a, b, c, d = solid.footprint
    start, end = mix(a, d, 0.5), mix(b, c, 0.5)
    if solid.roof in ACROSS:
        start, end = mix(a, b, 0.5), mix(c, d, 0.5)
    along = _unit(start, end)
    shares = (0.3, 0.74) if building.year % 4 == 0 else (0.72,) if building.year % 2 else (0.3,)
    for share in shares:
        x, y = mix(start, end, share)
        low, high = solid.ridge - 0.8, solid.ridge + 0.75
        plan = tuple(
            (
                round(x + 0.34 * s * along[0] - 0.26 * t * along[1], 3),
                round(y + 0.34 * s * along[1] + 0.26 * t * along[0], 3),
            )
            for s, t in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        )
        sides: tuple[Ring, ...] = tuple(
            ((*p, low), (*q, low), (*q, high), (*p, high))
            for p, q in zip(plan, (*plan[1:], plan[0]), strict=True)
        )
        top = tuple((*p, high) for p in plan)
        faces = (*((Surface.WALL, side) for side in sides), (Surface.WALL, top))
        yield Installation("chimney", 2, faces)


def _dormers(building: Building, solid: Solid) -> Iterator[Installation]:
    """On the slope to the street, gabled, each with a window."""
    a, b, c, d = solid.footprint
    width = math.dist(a, b)
    half_depth = math.dist(mix(a, b, 0.5), mix(c, d, 0.5)) / 2
    rise = (solid.ridge - solid.eaves) / half_depth
    first = 0.9
    if solid.roof is Roof.MANSARD:
        # The lower slope is steep: dormers stand near the eaves.
        rise, first = (solid.ridge - solid.eaves) * 0.68 / (half_depth * 0.28), 0.12
    count = 1 if width < 6.6 else 2 if width < 10 else 4
    for number in range(count):
        share = (number + 0.5) / count
        if rise * half_depth > 2.6:
            yield _dormer(solid, share, first, rise)


def _dormer(solid: Solid, share: float, first: float, rise: float) -> Installation:
    a, b = solid.footprint[0], solid.footprint[1]
    along = _unit(a, b)
    inwards = (-along[1], along[0])
    x, y = mix(a, b, share)

    def at(across: float, back: float, up: float) -> Vertex:
        return (
            round(x + along[0] * across + inwards[0] * back, 3),
            round(y + along[1] * across + inwards[1] * back, 3),
            round(up, 3),
        )

    half, low = 0.62, solid.eaves + rise * first
    cheek, peak = low + 1.15, low + 1.6
    # Where cheek and ridge run into the slope; 0.05 further, so that no gap shows.
    to_cheek, to_peak = first + 1.15 / rise + 0.05, first + 1.6 / rise + 0.05
    front: Ring = (
        at(-half, first, low),
        at(half, first, low),
        at(half, first, cheek),
        at(0, first, peak),
        at(-half, first, cheek),
    )
    faces: tuple[Face, ...] = (
        (Surface.WALL, front),
        (Surface.WALL, (front[1], at(half, to_cheek, cheek), front[2])),
        (Surface.WALL, (at(-half, to_cheek, cheek), front[0], front[4])),
        (Surface.ROOF, (front[2], at(half, to_cheek, cheek), at(0, to_peak, peak), front[3])),
        (Surface.ROOF, (at(-half, to_cheek, cheek), front[4], front[3], at(0, to_peak, peak))),
    )
    before = first - 0.03
    leaf: Ring = (
        at(-0.4, before, low + 0.2),
        at(0.4, before, low + 0.2),
        at(0.4, before, low + 1.1),
        at(-0.4, before, low + 1.1),
    )
    return Installation("dormer", 3, faces, (Opening(WINDOW, leaf),))


def _sills(wall: Wall) -> Iterator[Face]:
    """A ledge under each window: its top and its front."""
    for hole, opening in zip(wall.holes, wall.openings, strict=True):
        if opening.kind != WINDOW:
            continue
        low = min(hole, key=lambda p: p[2])[2]
        foot = [p for p in hole if p[2] == low]
        # A hole runs clockwise seen from outside, so its foot runs from right to left.
        right, left = foot[0], foot[-1]
        along = _unit(left[:2], right[:2])
        out = (along[1], -along[0])

        def at(
            point: Vertex,
            side: float,
            far: float,
            up: float,
            along: tuple[float, float] = along,
            out: tuple[float, float] = out,
        ) -> Vertex:
            return (
                round(point[0] + along[0] * side + out[0] * far, 4),
                round(point[1] + along[1] * side + out[1] * far, 4),
                round(point[2] + up, 4),
            )

        a, b = at(left, -0.08, 0.1, 0), at(right, 0.08, 0.1, 0)
        c, d = at(right, 0.08, 0, 0), at(left, -0.08, 0, 0)
        e, f = at(left, -0.08, 0.1, -0.1), at(right, 0.08, 0.1, -0.1)
        yield (Surface.WALL, (d, a, b, c))
        yield (Surface.WALL, (e, f, b, a))


def _unit(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    length = math.dist(start, end)
    return ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
