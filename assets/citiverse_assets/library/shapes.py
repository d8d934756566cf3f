"""Boxes and prisms in metres: as solids for walls, as meshes for what is made of many pieces."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ifcopenshell import entity_instance
    from ifcopenshell.util.shape_builder import ShapeBuilder

    from citiverse_assets.library.matter import Matter

Flat: TypeAlias = tuple[float, float]
Point: TypeAlias = tuple[float, float, float]
Outline: TypeAlias = tuple[Flat, ...]
Triangle: TypeAlias = tuple[int, int, int]
Axis = Literal["x", "y", "z"]


@dataclass(frozen=True, slots=True)
class Prism:
    """An outline, counter-clockwise, drawn out along an axis from `start` by `depth`.

    The outline's two coordinates are x and y along z, x and z along y, y and z along x.
    """

    outline: Outline
    start: float
    depth: float
    matter: Matter
    along: Axis = "z"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A flat, convex piece without thickness, seen from where its corners go counter-clockwise.

    So is glass by day: a mirror from the street, and clear from the room.
    """

    corners: tuple[Point, ...]
    matter: Matter


Part: TypeAlias = Prism | Sheet


def pane(outline: Outline, y: float, matter: Matter) -> Sheet:
    """A sheet that stands upright and looks along −y, to the outside of a wall."""
    return Sheet(tuple((x, y, z) for x, z in outline), matter)


def box(low: Point, size: Point, matter: Matter) -> Prism:
    """A box by its lowest corner and its size."""
    (x, y, z), (dx, dy, dz) = low, size
    return Prism(rectangle(x, y, dx, dy), z, dz, matter)


def rectangle(x: float, y: float, dx: float, dy: float) -> Outline:
    """Four corners, counter-clockwise."""
    return ((x, y), (x + dx, y), (x + dx, y + dy), (x, y + dy))


def circle(x: float, y: float, radius: float, corners: int = 16) -> Outline:
    """A circle as a polygon."""
    turns = (2 * math.pi * (i + 0.5) / corners for i in range(corners))
    return tuple((x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns)


def disc(at: Point, radius: float, height: float, matter: Matter, corners: int = 12) -> Prism:
    """A short round column; `at` is the middle of its foot."""
    return Prism(circle(at[0], at[1], radius, corners), at[2], height, matter)


def moved(parts: Iterable[Prism], x: float, y: float, z: float) -> tuple[Prism, ...]:
    """The same parts elsewhere."""
    return tuple(_moved(part, x, y, z) for part in parts)


def _moved(part: Prism, x: float, y: float, z: float) -> Prism:
    u, v, w = {"x": (y, z, x), "y": (x, z, y), "z": (x, y, z)}[part.along]
    outline = tuple((a + u, b + v) for a, b in part.outline)
    return Prism(outline, part.start + w, part.depth, part.matter, part.along)


def sides(outline: Outline) -> Iterable[tuple[Flat, Flat]]:
    """From each corner to the next."""
    return zip(outline, (*outline[1:], outline[0]), strict=True)


def contains(outline: Outline, x: float, y: float) -> bool:
    """Whether a ray to the east crosses the outline an odd number of times."""
    crossed = False
    for (ax, ay), (bx, by) in sides(outline):
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            crossed = not crossed
    return crossed


def solid(builder: ShapeBuilder, part: Prism) -> entity_instance:
    """An IfcExtrudedAreaSolid (IFC 4, 8.8.3.15)."""
    curve = builder.polyline([_rounded(corner) for corner in part.outline], closed=True)
    start, depth = round(part.start, 4), round(part.depth, 4)
    if part.along == "z":
        return builder.extrude(curve, depth, (0.0, 0.0, start))
    if part.along == "x":
        return builder.extrude(
            curve, depth, (start, 0.0, 0.0), position_z_axis=(1.0, 0.0, 0.0),
            position_x_axis=(0.0, 1.0, 0.0),
        )  # fmt: skip
    return builder.extrude(
        curve, depth, (0.0, round(start + depth, 4), 0.0), position_z_axis=(0.0, -1.0, 0.0),
        position_x_axis=(1.0, 0.0, 0.0),
    )  # fmt: skip


def mesh(builder: ShapeBuilder, parts: Iterable[Part]) -> entity_instance:
    """One IfcTriangulatedFaceSet (IFC 4, 8.8.3.41) of parts with convex outlines."""
    points: list[Point] = []
    triangles: list[Triangle] = []
    for part in parts:
        first = len(points)
        if isinstance(part, Sheet):
            points += ((round(x, 4), round(y, 4), round(z, 4)) for x, y, z in part.corners)
            faces = [(0, i, i + 1) for i in range(1, len(part.corners) - 1)]
        else:
            points += _corners(part)
            faces = list(_faces(len(part.outline), is_turned=part.along == "y"))
        triangles += (_shifted(face, first) for face in faces)
    return builder.triangulated_face_set(points, triangles)


def _corners(part: Prism) -> Iterator[Point]:
    for w in (part.start, part.start + part.depth):
        yield from (_at(part.along, corner, w) for corner in part.outline)


def _faces(count: int, *, is_turned: bool) -> Iterator[Triangle]:
    """Of a prism of so many sides; turned where its axes are left-handed, as along y."""
    faces: list[Triangle] = [(0, i + 1, i) for i in range(1, count - 1)]
    faces += [(count, count + i, count + i + 1) for i in range(1, count - 1)]
    for a, b in pairwise((*range(count), 0)):
        faces += ((a, b, count + b), (a, count + b, count + a))
    yield from ((c, b, a) if is_turned else (a, b, c) for a, b, c in faces)


def _shifted(face: Triangle, by: int) -> Triangle:
    return (face[0] + by, face[1] + by, face[2] + by)


def _at(along: Axis, corner: Flat, w: float) -> Point:
    u, v, w = round(corner[0], 4), round(corner[1], 4), round(w, 4)
    return {"x": (w, u, v), "y": (u, w, v), "z": (u, v, w)}[along]


def _rounded(corner: Flat) -> Flat:
    return (round(corner[0], 4), round(corner[1], 4))
