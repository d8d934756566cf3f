"""Three numbers as a vector: numpy takes as long to load as a small building to read."""

from __future__ import annotations

from typing import TypeAlias

Vector: TypeAlias = tuple[float, float, float]


def plus(one: Vector, other: Vector) -> Vector:
    """The sum."""
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def minus(one: Vector, other: Vector) -> Vector:
    """The difference."""
    return one[0] - other[0], one[1] - other[1], one[2] - other[2]


def times(one: Vector, factor: float) -> Vector:
    """So many times as long."""
    return one[0] * factor, one[1] * factor, one[2] * factor


def dot(one: Vector, other: Vector) -> float:
    """The scalar product."""
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


def cross(one: Vector, other: Vector) -> Vector:
    """The vector product."""
    return (
        one[1] * other[2] - one[2] * other[1],
        one[2] * other[0] - one[0] * other[2],
        one[0] * other[1] - one[1] * other[0],
    )
