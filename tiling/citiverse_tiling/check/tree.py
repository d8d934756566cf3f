"""tree.bin in itself: order, parents, boxes, errors, and the files it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.check.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_tiling.manifest import Manifest
    from citiverse_tiling.model import BoolArray
    from citiverse_tiling.tree.tree_bin import TreeTable

FILE = "tree.bin"


def check_tree(table: TreeTable, manifest: Manifest) -> Iterator[Finding]:
    """Whether the columns are those of trees in the contract's order."""
    layers = len(manifest.layers)
    count = len(table.parent)
    if table.layer_count != layers:
        yield Finding(FILE, f"it has {table.layer_count} layers", f"the manifest's {layers}")
    rows = np.arange(count)
    is_root = table.parent < 0
    in_range = (table.parent >= -1) & (table.parent < rows) & (table.layer >= 0)
    in_range &= (table.layer < layers) & (is_root | (table.first_child != rows))
    yield from _rows(~in_range, "parents and layers", "parents before children, known layers")
    if not in_range.all():
        return
    if not np.array_equal(table.layer[is_root], np.arange(layers)):
        yield Finding(FILE, "the roots aren't one per layer", "one root a layer, in order")
    parents = np.where(is_root, rows, table.parent)
    levels = np.where(is_root, 0, table.level[parents] + 1)
    yield from _rows(table.level != levels, "level", "one more than the parent's")
    order = np.lexsort((table.parent, table.level))
    if not np.array_equal(order, rows):
        yield Finding(FILE, "the rows aren't in order", "by level, then by parent")
    counts = np.bincount(table.parent[~is_root], minlength=count)
    first = np.full(count, -1)
    first[table.parent[~is_root][::-1]] = rows[~is_root][::-1]
    yield from _rows(table.child_count != counts, "child_count", "the number of its children")
    yield from _rows(table.first_child != first, "first_child", "the row of its first child")
    yield from _rows(table.layer != table.layer[parents], "layer", "its parent's")
    outside = np.any(table.box_min < table.box_min[parents], axis=1)
    outside |= np.any(table.box_max > table.box_max[parents], axis=1)
    yield from _rows(outside, "box", "a box inside its parent's")
    errors = table.geometric_error_m
    yield from _rows((counts == 0) & (errors != 0), "geometric_error_m", "0 for a leaf")
    too_small = errors[parents] < errors
    yield from _rows(too_small | ~np.isfinite(errors), "geometric_error_m", "at most its parent's")
    for number, layer in enumerate(manifest.layers):
        tiles = int((table.layer == number).sum())
        if tiles != layer.tiles:
            yield Finding(
                "scene.json", f"the layer {layer.name} says {layer.tiles} tiles", f"{tiles}"
            )


def _rows(bad: BoolArray, column: str, expected: str) -> Iterator[Finding]:
    """One finding for all bad rows of a column, with the first."""
    rows = np.flatnonzero(bad)
    if len(rows):
        yield Finding(FILE, f"{column} is wrong in {len(rows)} rows, first {rows[0]}", expected)
