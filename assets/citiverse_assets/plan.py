"""Plane geometry for laying out a town: smooth lanes, corners of plots, and what overlaps what."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Point: TypeAlias = tuple[float, float]
"""x east, y north, metres."""

Quad: TypeAlias = tuple[Point, Point, Point, Point]
"""Front left, front right, back right, back left, seen from above with the front at the bottom
(counter-clockwise); front and back are parallel."""


def smooth(points: tuple[Point, ...], rounds: int = 4) -> tuple[Point, ...]:
    """Cut the corners of a line until it is a curve that keeps its ends (Chaikin, 1974)."""
    line = points
    for _ in range(rounds):
        cut: list[Point] = [line[0]]
        for a, b in itertools.pairwise(line):
            cut += [mix(a, b, 0.25), mix(a, b, 0.75)]
        line = (*cut, line[-1])
    return line


def mix(a: Point, b: Point, share: float) -> Point:
    """The point that lies `share` of the way from a to b."""
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)


def rectangle(front_middle: Point, facing_deg: float, width: float, depth: float) -> Quad:
    """A rectangle whose front looks towards `facing_deg`, clockwise from north."""
    angle = math.radians(facing_deg)
    ahead = (math.sin(angle), math.cos(angle))
    left = (-ahead[1], ahead[0])
    # Seen with the front at the bottom, the viewer looks against the facing: left and right swap.
    a = shift(front_middle, left, width / 2)
    b = shift(front_middle, left, -width / 2)
    return (b, a, shift(a, ahead, -depth), shift(b, ahead, -depth))


def shift(point: Point, direction: Point, length: float) -> Point:
    """The point `length` further along a unit direction."""
    return (point[0] + direction[0] * length, point[1] + direction[1] * length)


def centre(corners: tuple[Point, ...]) -> Point:
    """The mean of the corners."""
    count = len(corners)
    return (sum(p[0] for p in corners) / count, sum(p[1] for p in corners) / count)


def facing_deg(quad: tuple[Point, ...]) -> float:
    """Where the front looks, clockwise from north."""
    (ax, ay), (bx, by) = quad[0], quad[1]
    return math.degrees(math.atan2(by - ay, ax - bx)) % 360.0


def overlaps(one: tuple[Point, ...], other: tuple[Point, ...], slack: float = 0.05) -> bool:
    """True where convex polygons share more than a strip of `slack` metres (separating axes)."""
    for quad in (one, other):
        for a, b in zip(quad, (*quad[1:], quad[0]), strict=True):
            length = math.dist(a, b)
            normal = ((b[1] - a[1]) / length, (a[0] - b[0]) / length)
            if _reach(one, normal)[1] <= _reach(other, normal)[0] + slack:
                return False
            if _reach(other, normal)[1] <= _reach(one, normal)[0] + slack:
                return False
    return True


def near_line(quad: tuple[Point, ...], line: tuple[Point, ...], distance: float) -> bool:
    """True where the quad comes closer to the line than `distance`."""
    for a, b in itertools.pairwise(line):
        length = math.dist(a, b)
        if length == 0.0:
            continue
        ahead = ((b[0] - a[0]) / length, (b[1] - a[1]) / length)
        left = (-ahead[1] * distance, ahead[0] * distance)
        strip: Quad = (
            (a[0] - left[0], a[1] - left[1]),
            (b[0] - left[0], b[1] - left[1]),
            (b[0] + left[0], b[1] + left[1]),
            (a[0] + left[0], a[1] + left[1]),
        )
        if overlaps(quad, strip):
            return True
    return False


def _reach(quad: tuple[Point, ...], axis: Point) -> tuple[float, float]:
    along = [p[0] * axis[0] + p[1] * axis[1] for p in quad]
    return min(along), max(along)


def along_line(
    line: tuple[Point, ...], apart: float, start: float
) -> Iterator[tuple[Point, Point]]:
    """Points of a line at equal distances, each with the unit normal to its left."""
    length = sum(math.dist(a, b) for a, b in itertools.pairwise(line))
    for number in range(int((length - start) / apart) + 1):
        yield at_length(line, start + number * apart)


def at_length(line: tuple[Point, ...], along: float) -> tuple[Point, Point]:
    """The point `along` metres down the line, and the unit normal to its left."""
    for a, b in itertools.pairwise(line):
        step = math.dist(a, b)
        if along <= step:
            ahead = ((b[0] - a[0]) / step, (b[1] - a[1]) / step)
            return shift(a, ahead, along), (-ahead[1], ahead[0])
        along -= step
    return at_length(line[-2:], math.dist(line[-2], line[-1]))
