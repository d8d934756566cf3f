"""A quadtree over objects whose leaves are nearly full.

Each tile is cut across its longer side, where the weight is that of whole leaves, and each half
again across its own: up to four children, none empty, and a depth of log₄ n however the city
lies. A quadtree cut in the middle leaves its tiles half empty, and makes twice as many files.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from citiverse_tiling.model import Float64Array, Int64Array

CHILDREN = 4
FILL = 0.95
"""How full leaves are meant to be: objects are whole, so a cut can miss its mark."""

ROUNDING = 0.1
"""So much more than whole leaves doesn't make another one."""


@dataclass(frozen=True, slots=True)
class LeafLimits:
    """A leaf has at most this many objects, and bytes of content unless it has one object."""

    objects: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Quadtree:
    """N tiles in breadth-first order: a level is a run, and so are the children of a tile.

    parents        int64 (N,): −1 for the root
    order          int64 (n,): the objects, so that every tile has a run of them
    object_starts  int64 (N,): tile t has the objects order[object_starts[t]:object_ends[t]]
    object_ends    int64 (N,)
    """

    parents: Int64Array
    order: Int64Array
    object_starts: Int64Array
    object_ends: Int64Array

    @property
    def is_leaf(self) -> np.typing.NDArray[np.bool_]:
        """Which tiles have no children, (N,)."""
        leaf = np.ones(len(self.parents), np.bool_)
        leaf[self.parents[self.parents >= 0]] = False
        return leaf


def build_quadtree(centers: Float64Array, sizes_bytes: Int64Array, limits: LeafLimits) -> Quadtree:
    """The tree over n ≥ 1 objects at `centers` (n, 2), each adding `sizes_bytes` (n,) to a leaf."""
    order = np.arange(len(centers))
    weights = np.maximum(1 / limits.objects, sizes_bytes / limits.bytes)
    cutter = _Cutter(order, centers, weights)
    parents, starts, ends = [-1], [0], [len(order)]
    tile = 0
    while tile < len(parents):
        start, end = starts[tile], ends[tile]
        if not _fits(order[start:end], sizes_bytes, limits):
            leaves = max(2, ceil(float(weights[order[start:end]].sum()) / FILL - ROUNDING))
            runs = cutter.cut(start, end, _shares(min(leaves, end - start)))
            parents.extend([tile] * len(runs))
            starts.extend(low for low, _ in runs)
            ends.extend(high for _, high in runs)
        tile += 1
    return Quadtree(np.array(parents), order, np.array(starts), np.array(ends))


def _shares(leaves: int) -> list[int]:
    """How many leaves each child has: full subtrees first, so that few inner tiles are needed."""
    full = 1
    while CHILDREN * full < leaves:
        full *= CHILDREN
    shares = [full] * (leaves // full)
    return [*shares, leaves % full] if leaves % full else shares


@dataclass(frozen=True, slots=True)
class _Cutter:
    """Sorts runs of `order` in place while cutting them."""

    order: Int64Array
    centers: Float64Array
    weights: Float64Array

    def cut(self, start: int, end: int, shares: list[int]) -> list[tuple[int, int]]:
        """Cut a run of at least as many objects as shares, in two until each has one share."""
        if len(shares) == 1:
            return [(start, end)]
        half = (len(shares) + 1) // 2
        objects = self.order[start:end]
        points = self.centers[objects]
        axis = int(np.ptp(points, axis=0).argmax())
        objects = objects[np.lexsort((objects, points[:, axis]))]
        self.order[start:end] = objects
        cumulated = np.cumsum(self.weights[objects])
        goal = cumulated[-1] * sum(shares[:half]) / sum(shares)
        found = int(np.searchsorted(cumulated, goal, side="right"))
        middle = start + min(max(found, half), end - start - (len(shares) - half))
        return self.cut(start, middle, shares[:half]) + self.cut(middle, end, shares[half:])


def _fits(objects: Int64Array, sizes_bytes: Int64Array, limits: LeafLimits) -> bool:
    if len(objects) == 1:
        return True
    return len(objects) <= limits.objects and int(sizes_bytes[objects].sum()) <= limits.bytes
