"""A quadtree over objects whose leaves are nearly full, and stay as they are from run to run.

Each tile is cut across its longer side, and each half again across its own: up to four children,
none empty, and a depth of log₄ n however the city lies. Where to cut isn't free: both sides must
fit into so many full subtrees. But it is nearly always free enough for a round coordinate, a
multiple of the largest power of two metres within these bounds. A house more or less moves the
bounds a little, but the round coordinate stays, and with it all tiles that don't hold the house.
A cut where exactly half of the weight lies would move with every house, and all tiles with it.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from math import ceil, floor, frexp
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from citiverse_tiling.model import BoolArray, Float64Array, Int32Array, Int64Array

CHILDREN = 4
FILL = 0.95
"""How full the subtrees of a tile are at most: the rest is the room for round cuts below."""

LONGER = 0.75
"""A tile is cut from west to east where that side is at least so long beside the other. A square,
which cities are often given in, is far from this bound, and so is half of one."""

_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Quadtree:
    """N tiles in breadth-first order: a level is a run, and so are the children of a tile.

    parents        int64 (N,): −1 for the root
    order          int32 (n,): the objects, so that every tile has a run of them, each leaf's rising
    object_starts  int64 (N,): tile t has the objects order[object_starts[t]:object_ends[t]]
    object_ends    int64 (N,)
    """

    parents: Int64Array
    order: Int32Array
    object_starts: Int64Array
    object_ends: Int64Array

    @property
    def is_leaf(self) -> BoolArray:
        """Which tiles have no children, (N,)."""
        leaf = np.ones(len(self.parents), np.bool_)
        leaf[self.parents[self.parents >= 0]] = False
        return leaf


def build_quadtree(centers: Float64Array, weights: Float64Array) -> Quadtree:
    """The tree over n ≥ 1 objects at `centers` (n, 2), in metres.

    `weights` (n,) are the shares of a leaf that they take: those of a leaf add up to 1 at most,
    unless it has but one object.
    """
    cutter = _Cutter.of(centers, weights)
    parents, starts, ends = [-1], [0], [len(centers)]
    tile = 0
    while tile < len(parents):
        start, end = starts[tile], ends[tile]
        weight = cutter.weight(start, end)
        if end - start > 1 and weight > 1 + _TINY:
            room = _room(weight)
            children = min(max(2, ceil(weight / room - _TINY)), end - start)
            runs = cutter.cut(start, end, children, room)
            parents.extend([tile] * len(runs))
            starts.extend(low for low, _ in runs)
            ends.extend(high for _, high in runs)
        tile += 1
    tree = Quadtree(np.array(parents), cutter.orders[0], np.array(starts), np.array(ends))
    _sort_leaves(tree)
    return tree


def _room(weight: float) -> float:
    """What a child takes: subtrees as deep as they must be, so that few inner tiles are needed."""
    leaves, room = 1, 1.0
    while weight > CHILDREN * room + _TINY:
        leaves *= CHILDREN
        room = FILL * leaves
    return room


def roundest(low: float, high: float) -> float:
    """The multiple of the largest power of two in (low, high]; high must be above low."""
    if low < 0 <= high:
        return 0.0
    exponent = frexp(high - low)[1] + 1
    while True:
        step = 2.0**exponent
        found = floor(high / step) * step
        if found > low:
            return found
        exponent -= 1


@dataclass(frozen=True, slots=True)
class _Cutter:
    """Keeps the objects in the order of both coordinates, and cuts runs of both in place."""

    orders: tuple[Int32Array, Int32Array]
    centers: Float64Array
    weights: Float64Array
    is_low: BoolArray

    @staticmethod
    def of(centers: Float64Array, weights: Float64Array) -> _Cutter:
        orders = (
            np.argsort(centers[:, 0], kind="stable").astype(np.int32),
            np.argsort(centers[:, 1], kind="stable").astype(np.int32),
        )
        return _Cutter(orders, centers, weights, np.zeros(len(centers), np.bool_))

    def weight(self, start: int, end: int) -> float:
        """That of a run."""
        return float(self._weights(start, end, 0).sum())

    def _weights(self, start: int, end: int, along: int) -> Float64Array:
        weights = self.weights[self.orders[along][start:end]]
        return np.clip(weights, _TINY, 1.0, out=weights)

    def cut(self, start: int, end: int, parts: int, room: float) -> list[tuple[int, int]]:
        """Cut a run of at least as many objects as parts, in two until each is one part."""
        if parts == 1:
            return [(start, end)]
        half = (parts + 1) // 2
        along = self._coordinates(start, end)
        by_weight = self._weights(start, end, along)
        least, most = _bounds(np.cumsum(by_weight, out=by_weight), half, parts, room)
        del by_weight
        run, places = self.orders[along][start:end], self.centers[:, along]
        count = least
        if most > least and places[run[most]] > places[run[least - 1]]:
            at = roundest(float(places[run[least - 1]]), float(places[run[most]]))
            count = bisect_left(run, at, least, most, key=places.__getitem__)
        middle = start + count
        self._divide(start, middle, end, along)
        return self.cut(start, middle, half, room) + self.cut(middle, end, parts - half, room)

    def _coordinates(self, start: int, end: int) -> int:
        """0 where a run is cut from west to east, 1 from south to north."""
        sides = [
            self.centers[order[end - 1], axis] - self.centers[order[start], axis]
            for axis, order in enumerate(self.orders)
        ]
        return 0 if sides[0] >= LONGER * sides[1] else 1

    def _divide(self, start: int, middle: int, end: int, along: int) -> None:
        """Bring the other order's objects of the lower part before those of the upper one."""
        self.is_low[self.orders[along][start:middle]] = True
        other = self.orders[1 - along]
        run = other[start:end]
        is_low = self.is_low[run]
        other[start:end] = np.concatenate([run[is_low], run[~is_low]])
        self.is_low[run] = False


def _bounds(by_weight: Float64Array, half: int, parts: int, room: float) -> tuple[int, int]:
    """The fewest and most objects of the first `half` of `parts`, so that both sides have room.

    Where there is no such number, that with the nearest to its share of the weight. Each side has
    at least as many objects as parts.
    """
    total = float(by_weight[-1])
    lightest, heaviest = total - (parts - half) * room, half * room
    least = int(np.searchsorted(by_weight, lightest - _TINY)) + 1
    most = int(np.searchsorted(by_weight, heaviest + _TINY, side="right"))
    if least > most:
        least = most = int(np.searchsorted(by_weight, total * half / parts, side="right"))
    fewest, largest = half, len(by_weight) - (parts - half)
    return min(max(least, fewest), largest), min(max(most, fewest), largest)


def _sort_leaves(tree: Quadtree) -> None:
    """Bring the objects of each leaf into the order of their rows, in place."""
    for leaf in np.flatnonzero(tree.is_leaf).tolist():
        tree.order[tree.object_starts[leaf] : tree.object_ends[leaf]].sort()
