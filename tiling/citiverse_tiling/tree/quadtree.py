"""A quadtree over objects whose leaves are nearly full.

Each tile is cut where the weight balances, first across its longer side, then each half again
across its own: four children, no empty ones, and a depth of log₄ n however the city lies. A
quadtree cut in the middle leaves its tiles half empty, and twice as many files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from citiverse_tiling.model import Float64Array, Int64Array

FILL = 0.9
"""How full leaves are meant to be: objects are whole, so a cut can miss its mark."""


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
    parents, starts, ends = [-1], [0], [len(order)]
    tile = 0
    while tile < len(parents):
        start, end = starts[tile], ends[tile]
        if not _fits(order[start:end], sizes_bytes, limits):
            middle = _cut(order, start, end, centers, weights)
            halves = [(start, middle), (middle, end)]
            children = [
                quarter
                for low, high in halves
                for quarter in _quarters(order, low, high, centers, weights, sizes_bytes, limits)
            ]
            parents.extend([tile] * len(children))
            starts.extend(low for low, _ in children)
            ends.extend(high for _, high in children)
        tile += 1
    return Quadtree(np.array(parents), order, np.array(starts), np.array(ends))


def _quarters(
    order: Int64Array,
    start: int,
    end: int,
    centers: Float64Array,
    weights: Float64Array,
    sizes_bytes: Int64Array,
    limits: LeafLimits,
) -> list[tuple[int, int]]:
    """The run as one tile where it fits a leaf, else cut in two."""
    if _fits(order[start:end], sizes_bytes, limits):
        return [(start, end)]
    middle = _cut(order, start, end, centers, weights)
    return [(start, middle), (middle, end)]


def _fits(objects: Int64Array, sizes_bytes: Int64Array, limits: LeafLimits) -> bool:
    if len(objects) == 1:
        return True
    return len(objects) <= limits.objects and int(sizes_bytes[objects].sum()) <= limits.bytes


def _cut(
    order: Int64Array, start: int, end: int, centers: Float64Array, weights: Float64Array
) -> int:
    """Sort a run along its longer side, in place, and return where to cut it.

    The halves are made for whole numbers of nearly full leaves.
    """
    objects = order[start:end]
    points = centers[objects]
    axis = int(np.ptp(points, axis=0).argmax())
    objects = objects[np.lexsort((objects, points[:, axis]))]
    order[start:end] = objects
    cumulated = np.cumsum(weights[objects])
    leaves = max(2, int(np.ceil(cumulated[-1] / FILL)))
    share = cumulated[-1] * (leaves // 2) / leaves
    cut = int(np.searchsorted(cumulated, share, side="right"))
    return start + min(max(cut, 1), end - start - 1)
