"""Which objects an inner tile shows, coarser than they are, and the error that this makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.tree.tile_tree import LayerTree

if TYPE_CHECKING:
    from citiverse_tiling.model import Float64Array, Int64Array
    from citiverse_tiling.tree.quadtree import Quadtree

MOST_OBJECTS = 600
BLOCK_BYTES = 20 * 20 + 30 * 2 + 3 * 4
"""A block in a GLB: 20 vertices, 30 indices, three offsets of strings."""

GABLE_BYTES = 30 * 20 + 42 * 2 + 3 * 4
"""One with a gabled roof: 30 vertices, 42 indices."""


@dataclass(frozen=True, slots=True)
class InnerLimits:
    """An inner tile has at most so many bytes, and this share of the objects below it."""

    bytes: int
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class ObjectSizes:
    """What decides which of m objects are shown; all (m,) or (m, 3).

    sizes_m        how wrong it is to leave the object out
    errors_m       how wrong it is to show it as inner tiles do
    bytes          that it adds to an inner tile
    box_min/max    of its own faces, scene frame; coarse_min/max of what inner tiles show
    """

    sizes_m: Float64Array
    errors_m: Float64Array
    bytes: Int64Array
    box_min: Float64Array
    box_max: Float64Array
    coarse_min: Float64Array
    coarse_max: Float64Array


def choose_shown(
    tree: Quadtree, objects: ObjectSizes, limits: InnerLimits
) -> tuple[LayerTree, tuple[Int64Array, ...]]:
    """The tiles with boxes and measured errors, and the objects that each tile shows.

    A leaf shows its objects in tree order; an inner tile its largest ones, as many as fit.
    """
    count = len(tree.parents)
    share = limits.share
    box_min, box_max, errors = np.empty((count, 3)), np.empty((count, 3)), np.zeros(count)
    shown: list[Int64Array] = []
    leaves = tree.is_leaf
    for tile in range(count):
        rows = tree.order[tree.object_starts[tile] : tree.object_ends[tile]]
        low, high = objects.box_min, objects.box_max
        if not leaves[tile]:
            largest = rows[np.lexsort((rows, -objects.sizes_m[rows]))]
            fitting = np.cumsum(objects.bytes[largest]) <= limits.bytes
            number = min(int(fitting.sum()), MOST_OBJECTS, int(len(largest) * share))
            rows, rest = largest[: max(number, 1)], largest[max(number, 1) :]
            low, high = objects.coarse_min, objects.coarse_max
            errors[tile] = max(
                float(objects.errors_m[rows].max()), float(objects.sizes_m[rest].max(initial=0.0))
            )
        box_min[tile] = low[rows].min(axis=0)
        box_max[tile] = high[rows].max(axis=0)
        shown.append(rows)
    return LayerTree(tree.parents, box_min, box_max, errors), tuple(shown)
