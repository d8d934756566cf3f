"""Areas as fields: at each point the distance to the area's border, positive inside (metres).

A field needs no outline, so that areas can be cut from each other by asking which of them a point
lies in; `land` does that on the triangles of the ground.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from citiverse_assets.plan import Point

Array: TypeAlias = npt.NDArray[np.float64]
Field: TypeAlias = Callable[[Array, Array], Array]
"""Distances at points, x and y of one shape."""

Box: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north."""


@dataclass(frozen=True, slots=True)
class Region:
    """A field and a box that holds all points where it is positive."""

    field: Field
    box: Box


def ribbon(line: tuple[Point, ...], half_width: float) -> Region:
    """What is nearer to a line than `half_width`, with round ends."""
    straight = without_middles(line)
    return Region(
        lambda x, y: half_width - ribbon_distance(straight, x, y), around(line, half_width)
    )


def ribbon_distance(line: tuple[Point, ...], x: Array, y: Array) -> Array:
    """Distances from points to a line."""
    nearest = np.full(np.shape(x), np.inf)
    for (ax, ay), (bx, by) in itertools.pairwise(line):
        dx, dy = bx - ax, by - ay
        along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)
        along = np.minimum(np.maximum(along, 0.0), 1.0)
        np.minimum(nearest, (x - ax - along * dx) ** 2 + (y - ay - along * dy) ** 2, out=nearest)
    return np.asarray(np.sqrt(nearest))


def polygon(corners: tuple[Point, ...]) -> Region:
    """A convex polygon, counter-clockwise. Outside of corners the distance comes out too small."""
    edges = tuple(zip(corners, (*corners[1:], corners[0]), strict=True))

    def field(x: Array, y: Array) -> Array:
        inside = np.full(np.shape(x), np.inf)
        for (ax, ay), (bx, by) in edges:
            length = math.hypot(bx - ax, by - ay)
            np.minimum(inside, ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / length, out=inside)
        return inside

    return Region(field, around(corners, 0.0))


def ellipse(middle: Point, radii: tuple[float, float]) -> Region:
    """An upright ellipse; the distance is exact only for a circle, its sign always."""

    def field(x: Array, y: Array) -> Array:
        out = np.hypot((x - middle[0]) / radii[0], (y - middle[1]) / radii[1])
        return (1.0 - out) * min(radii)

    (x, y), (a, b) = middle, radii
    return Region(field, (x - a, y - b, x + a, y + b))


def around(points: tuple[Point, ...], margin: float) -> Box:
    """The box of points, grown by a margin."""
    east, north = zip(*points, strict=True)
    return (min(east) - margin, min(north) - margin, max(east) + margin, max(north) + margin)


def meet(one: Box, other: Box, margin: float = 0.0) -> bool:
    """True where two boxes come nearer to each other than the margin."""
    return (
        one[0] <= other[2] + margin
        and other[0] <= one[2] + margin
        and one[1] <= other[3] + margin
        and other[1] <= one[3] + margin
    )


def without_middles(line: tuple[Point, ...], tolerance: float = 0.02) -> tuple[Point, ...]:
    """The line without points that lie on it anyway (Douglas and Peucker, 1973)."""
    if len(line) < 3:
        return line
    first, last = line[0], line[-1]
    inner = np.array(line[1:-1])
    off = ribbon_distance((first, last), inner[:, 0], inner[:, 1])
    worst = int(off.argmax())
    if off[worst] <= tolerance:
        return (first, last)
    middle = worst + 1
    return (
        *without_middles(line[: middle + 1], tolerance)[:-1],
        *without_middles(line[middle:], tolerance),
    )
