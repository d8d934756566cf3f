"""Where the tiles of an implicit tiling are, and their addresses (3D Tiles 1.1, chapter 9)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from citiverse_tiling.check.standard.documents import ImplicitTiling

_VARIABLE = re.compile(r"\{(level|x|y|z)\}")

Place = tuple[int, int, int, int]
"""level, x, y, z of a tile."""


def axes_of(tiling: ImplicitTiling) -> int:
    """Along how many axes a tile is cut in two."""
    return 2 if tiling.subdivision_scheme == "QUADTREE" else 3


def place_of(number: int, root: Place, axes: int) -> Place:
    """Where a tile of a subtree is, by its number: level by level, then Morton order."""
    level, size = 0, 1
    while number >= size:
        number -= size
        size <<= axes
        level += 1
    local = [0, 0, 0]
    for bit in range(level):
        for axis in range(axes):
            local[axis] |= (number >> (bit * axes + axis) & 1) << bit
    x, y, z = (
        (start << level) + add if axis < axes else 0
        for axis, (start, add) in enumerate(zip(root[1:], local, strict=True))
    )
    return root[0] + level, x, y, z


def filled(uri: str, place: Place) -> str:
    """A template URI with the numbers of a tile."""
    numbers = dict(zip(("level", "x", "y", "z"), place, strict=True))
    return _VARIABLE.sub(lambda match: str(numbers[match[1]]), uri)
