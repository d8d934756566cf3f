"""Boxes, beams, cones and prisms as outward rings: what furniture and prototypes are made of."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from citiverse_assets.shapes import Ring, Vertex

Rings = tuple["Ring", ...]


def box(low: Vertex, high: Vertex) -> Rings:
    """An upright box, closed."""
    (x, y, z), (u, v, w) = low, high
    return hexahedron(
        ((x, y, z), (u, y, z), (u, v, z), (x, v, z)), ((x, y, w), (u, y, w), (u, v, w), (x, v, w))
    )


def hexahedron(bottom: Ring, top: Ring) -> Rings:
    """Two rings of as many corners, counter-clockwise from above, and the sides between them."""
    count = len(bottom)
    sides = tuple(
        (bottom[i], bottom[(i + 1) % count], top[(i + 1) % count], top[i]) for i in range(count)
    )
    return (tuple(reversed(bottom)), *sides, top)


def post(x: float, y: float, low: float, high: float, radius: float, sides: int = 6) -> Rings:
    """An upright prism."""
    return frustum((x, y, low), (x, y, high), radius, radius, sides)


def frustum(low: Vertex, high: Vertex, bottom: float, top: float, sides: int = 8) -> Rings:
    """A round body between two heights, of two radii; a radius of 0 is a point."""
    lower, upper = circle(low, bottom, sides), circle(high, top, sides)
    if top == 0.0:
        slopes = tuple((lower[i], lower[(i + 1) % sides], high) for i in range(sides))
        return (tuple(reversed(lower)), *slopes)
    if bottom == 0.0:
        slopes = tuple((low, upper[(i + 1) % sides], upper[i]) for i in range(sides))
        return (*slopes, upper)
    return hexahedron(lower, upper)


def circle(middle: Vertex, radius: float, sides: int) -> Ring:
    """A level polygon, counter-clockwise from above."""
    turn = 2 * math.pi / sides
    return tuple(
        (
            middle[0] + radius * math.cos(turn * (i + 0.5)),
            middle[1] + radius * math.sin(turn * (i + 0.5)),
            middle[2],
        )
        for i in range(sides)
    )


def beam(start: Vertex, end: Vertex, width: float) -> Rings:
    """A square beam between two points."""
    ahead = tuple(b - a for a, b in zip(start, end, strict=True))
    length = math.hypot(*ahead)
    x, y, z = (value / length for value in ahead)
    flat = math.hypot(x, y)
    across = (-y / flat, x / flat, 0.0) if flat > 1e-6 else (0.0, 1.0, 0.0)
    up = (
        y * across[2] - z * across[1],
        z * across[0] - x * across[2],
        x * across[1] - y * across[0],
    )
    half = width / 2

    def ring(at: Vertex) -> Ring:
        return tuple(
            (
                at[0] + half * (s * across[0] + t * up[0]),
                at[1] + half * (s * across[1] + t * up[1]),
                at[2] + half * (s * across[2] + t * up[2]),
            )
            for s, t in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        )

    return hexahedron(ring(start), ring(end))
