"""The trees of all layers as one table of tiles, in the order of tree.bin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.model import Float64Array, Int64Array

ROUNDING_M = 0.01
"""Boxes are this much larger than what they enclose: quantised positions move by half a step."""

ROUNDING_SHARE = 1 / 128
"""Or by so much of the error of a tile that isn't exact anyway, where that is more."""


@dataclass(frozen=True, slots=True)
class LayerTree:
    """One layer's N tiles; row 0 is the root, parents come before children.

    parents             int64 (N,): −1 for the root
    box_min, box_max    float64 (N, 3): scene frame, of the tile's own content
    geometric_errors_m  float64 (N,): as measured, 0 for a leaf
    """

    parents: Int64Array
    box_min: Float64Array
    box_max: Float64Array
    geometric_errors_m: Float64Array


@dataclass(frozen=True, slots=True)
class TileTree:
    """The N tiles of all L layers, sorted by level and within a level by parent.

    layers, parents, levels, first_children, child_counts  int64 (N,)
    local_rows          int64 (N,): row in the layer's own tree
    box_min, box_max    float64 (N, 3): scene frame, of the content of the tile and all below it
    translations        float64 (N, 3): centre of the tile's own content, to the millimetre
    geometric_errors_m  float64 (N,): never smaller than a child's
    """

    layers: Int64Array
    local_rows: Int64Array
    parents: Int64Array
    levels: Int64Array
    first_children: Int64Array
    child_counts: Int64Array
    box_min: Float64Array
    box_max: Float64Array
    translations: Float64Array
    geometric_errors_m: Float64Array

    def __len__(self) -> int:
        return len(self.parents)


def merge_layers(trees: Sequence[LayerTree]) -> TileTree:
    """One table of all layers' tiles; boxes and errors grow up the tree."""
    layers = np.repeat(np.arange(len(trees)), [len(tree.parents) for tree in trees])
    local_rows = np.concatenate([np.arange(len(tree.parents)) for tree in trees])
    levels = np.concatenate([levels_of(tree.parents) for tree in trees])
    first_rows = np.cumsum([0, *(len(tree.parents) for tree in trees)])
    parents = np.concatenate(
        [
            np.where(tree.parents < 0, -1, tree.parents + first)
            for tree, first in zip(trees, first_rows[:-1], strict=True)
        ]
    )
    order, parents = level_order(levels, parents)
    box_min = np.concatenate([tree.box_min for tree in trees])[order]
    box_max = np.concatenate([tree.box_max for tree in trees])[order]
    errors = np.concatenate([tree.geometric_errors_m for tree in trees])[order]
    translations = np.round((box_min + box_max) / 2, 3)
    rounding = np.maximum(ROUNDING_M, errors * ROUNDING_SHARE)[:, None]
    box_min -= rounding
    box_max += rounding
    levels = levels[order]
    for level in range(int(levels.max(initial=0)), 0, -1):
        start, end = np.searchsorted(levels, [level, level + 1])
        families = start + np.flatnonzero(np.diff(parents[start:end], prepend=-1))
        above = parents[families]
        low = np.minimum.reduceat(box_min[:end], families, axis=0)
        high = np.maximum.reduceat(box_max[:end], families, axis=0)
        worst = np.maximum.reduceat(errors[:end], families)
        box_min[above] = np.minimum(box_min[above], low)
        box_max[above] = np.maximum(box_max[above], high)
        errors[above] = np.maximum(errors[above], worst)
    child_counts = np.bincount(parents[parents >= 0], minlength=len(order))
    first_children = np.full(len(order), -1)
    with_parent = np.flatnonzero(parents >= 0)
    first_children[parents[with_parent][::-1]] = with_parent[::-1]
    return TileTree(
        layers[order],
        local_rows[order],
        parents,
        levels,
        first_children,
        child_counts,
        box_min,
        box_max,
        translations,
        errors,
    )


def levels_of(parents: Int64Array) -> Int64Array:
    """How many tiles are above each."""
    levels = np.zeros(len(parents), np.int64)
    above = parents
    while (is_below := above >= 0).any():
        levels += is_below
        above = np.where(is_below, parents[above], -1)
    return levels


def level_order(levels: Int64Array, parents: Int64Array) -> tuple[Int64Array, Int64Array]:
    """Rows by level, then by the parent's new row. Returns the order and the new parents."""
    new_rows = np.full(len(levels), -1)
    ordered: list[Int64Array] = []
    done = 0
    for level in range(int(levels.max()) + 1):
        rows = np.flatnonzero(levels == level)
        if level:
            rows = rows[np.argsort(new_rows[parents[rows]], kind="stable")]
        new_rows[rows] = np.arange(done, done + len(rows))
        done += len(rows)
        ordered.append(rows)
    order = np.concatenate(ordered)
    old_parents = parents[order]
    return order, np.where(old_parents < 0, -1, new_rows[old_parents])
