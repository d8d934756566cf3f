"""Which boxes rise above the horizons of some cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiverse_tiling.model import Layer
from citiverse_tiling.visibility.horizon import AHEAD, HALF_SECTOR, RADIUS_M, SECTORS

if TYPE_CHECKING:
    from citiverse_tiling.city import City
    from citiverse_tiling.model import BoolArray, Float32Array, Float64Array, Int64Array
    from citiverse_tiling.plan import Plan
    from citiverse_tiling.tree.tree_bin import TreeTable

_ROUNDING_M = 0.02
"""Tiles hold what is in the source to the centimetre."""


@dataclass(frozen=True, slots=True)
class Sights:
    """What can be looked at: the tree, and the boxes of the features in each leaf.

    boxes     (n, 2, 3), sorted by the leaf they are in
    starts    (N + 1,) where those of each row begin
    """

    table: TreeTable
    boxes: Float64Array
    starts: Int64Array


def sights_of(city: City, plan: Plan, table: TreeTable) -> Sights:
    """The boxes of all features in the leaves of a scene."""
    boxes, counts = [np.empty((0, 2, 3))], np.zeros(len(table.parent), np.int64)
    for row in np.flatnonzero(table.child_count == 0).tolist():
        layer = plan.layer_of(row)
        if layer is not Layer.GROUND:
            shown = plan.objects[layer].shown[int(plan.tree.local_rows[row])]
            boxes.append(city.boxes(city.shapes.objects[shown]))
            counts[row] = len(shown)
    whole = np.concatenate(boxes)
    whole += np.array([[-_ROUNDING_M], [_ROUNDING_M]])
    # Where nobody knows where something is, it can be anywhere.
    whole[np.isnan(whole).any(axis=(1, 2))] = [[-np.inf], [np.inf]]
    return Sights(table, whole, np.concatenate([[0], np.cumsum(counts)]))


class Cells(NamedTuple):
    """Some cells of ground.

    rising   (C, K, SECTORS) their horizons
    middles  (C, 2)
    eyes     (C,) height of the highest eye
    """

    rising: Float32Array
    middles: Float64Array
    eyes: Float64Array


def tiles_seen(sights: Sights, cells: Cells) -> BoolArray:
    """Whether each tile can be seen from each cell, (C, N): leaves, and what is above those."""
    table = sights.table
    boxes = np.stack([table.box_min, table.box_max], axis=1)
    roots = np.flatnonzero(table.parent < 0)
    who, rows = (one.ravel() for one in np.indices((len(cells.eyes), len(roots))))
    rows = roots[rows]
    seen = np.zeros((len(cells.eyes), len(table.parent)), np.bool_)
    while len(rows):
        able = _can_see(cells, who, boxes, rows)
        who, rows = who[able], rows[able]
        is_leaf = table.child_count[rows] == 0
        shown = _with_features_seen(sights, cells, who[is_leaf], rows[is_leaf])
        seen[who[is_leaf][shown], rows[is_leaf][shown]] = True
        who, rows = who[~is_leaf], rows[~is_leaf]
        counts = table.child_count[rows].astype(np.int64)
        rows = np.repeat(table.first_child[rows], counts) + _within(counts)
        who = np.repeat(who, counts)
    # Children lie behind their parents, so that each is complete when its parent is asked.
    for level in range(int(table.level.max()), 0, -1):
        here = np.flatnonzero(table.level == level)
        cell, child = np.nonzero(seen[:, here])
        seen[cell, table.parent[here[child]]] = True
    return seen


def _with_features_seen(
    sights: Sights, cells: Cells, who: Int64Array, leaves: Int64Array
) -> BoolArray:
    """Of which leaves a feature can be seen; those without features count as seen."""
    counts = sights.starts[leaves + 1] - sights.starts[leaves]
    at = np.repeat(sights.starts[leaves], counts) + _within(counts)
    owner = np.repeat(np.arange(len(leaves)), counts)
    shown: BoolArray = counts == 0
    shown[owner[_can_see(cells, who[owner], sights.boxes, at)]] = True
    return shown


def _can_see(cells: Cells, who: Int64Array, boxes: Float64Array, rows: Int64Array) -> BoolArray:
    """Whether anything of a box (n, 2, 3) can rise above a cell's horizon, pair by pair."""
    middles, sides = cells.middles[who], boxes[rows]
    low, high = sides[:, 0, :2] - middles, sides[:, 1, :2] - middles
    apart = np.maximum(np.maximum(low, -high), 0.0)
    gap = np.sqrt(np.square(apart).sum(axis=1))
    # Along the middle of a sector whatever can be seen of it is at least so far from the cell's.
    aside = RADIUS_M + gap * np.tan(HALF_SECTOR)
    ahead = np.sqrt(np.maximum(np.square(gap) - np.square(aside), 0.0))
    last = np.searchsorted(AHEAD, ahead, side="right") - 1
    keep = np.ones(len(rows), np.bool_)
    far = np.flatnonzero(last >= 0)
    if len(far):
        first, count = _sectors(low[far], high[far], gap[far])
        # Of all eyes, those farthest back look highest over an obstacle at what lies behind it.
        rise = np.maximum(sides[far, 1, 2] - cells.eyes[who[far]], 0.0) / (ahead[far] + RADIUS_M)
        line = who[far] * len(AHEAD) + last[far]
        keep[far] = _lowest(cells.rising, line, first, count) < rise + 1e-6
    return keep


def _sectors(
    low: Float64Array, high: Float64Array, gap: Float64Array
) -> tuple[Int64Array, Int64Array]:
    """First sector, and how many, that boxes cover for any eye of their cells."""
    middle = (low + high) / 2
    towards = np.arctan2(middle[:, 1], middle[:, 0])
    x = np.stack([low[:, 0], high[:, 0], high[:, 0], low[:, 0]], axis=1)
    y = np.stack([low[:, 1], low[:, 1], high[:, 1], high[:, 1]], axis=1)
    # A box that isn't round the cell spans less than half a turn, and its middle is in the span.
    across = y * middle[:, :1] - x * middle[:, 1:]
    along = x * middle[:, :1] + y * middle[:, 1:]
    angles = np.arctan2(across, along)
    wider = np.arcsin(RADIUS_M / gap)
    begin = (towards + angles.min(axis=1) - wider) / (2 * HALF_SECTOR)
    end = (towards + angles.max(axis=1) + wider) / (2 * HALF_SECTOR)
    first = np.floor(begin).astype(np.int64)
    count = np.minimum(np.floor(end).astype(np.int64) - first + 1, SECTORS)
    return first % SECTORS, count


def _lowest(
    rising: Float32Array, line: Int64Array, first: Int64Array, count: Int64Array
) -> Float32Array:
    """The lowest of each run of sectors, which may pass the last; `line` of all cells' lines."""
    lines = rising.reshape(-1, SECTORS)
    needed, line = np.unique(line, return_inverse=True)
    chosen = lines[needed]
    twice = np.append(np.concatenate([chosen, chosen], axis=1).ravel(), np.float32(np.inf))
    begin = line * (2 * SECTORS) + first
    # Backwards, so that what lies between two runs isn't gone through.
    order = np.argsort(-begin, kind="stable")
    bounds = np.stack([begin[order], (begin + count)[order]], axis=1).ravel()
    found = np.empty(len(begin), np.float32)
    found[order] = np.minimum.reduceat(twice, bounds)[::2]
    return found


def _within(counts: Int64Array) -> Int64Array:
    """0 … n−1 for each n of counts."""
    return np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
