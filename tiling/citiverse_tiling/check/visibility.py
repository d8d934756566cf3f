"""visibility.bin in itself and against the tree: sizes, eyes, and inner tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.check.finding import Finding
from citiverse_tiling.errors import SceneError
from citiverse_tiling.visibility.visibility_bin import NAME, decode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse_tiling.model import BoolArray, Int64Array
    from citiverse_tiling.tree.tree_bin import TreeTable
    from citiverse_tiling.visibility.visibility_bin import Block


def check_visibility(scene: Path, table: TreeTable) -> Iterator[Finding]:
    """Whether the file, where there is one, holds what scene.md says."""
    path = scene / NAME
    if not path.exists():
        return
    try:
        known = decode(path.read_bytes())
    except SceneError as error:
        yield Finding(NAME, f"it can't be read ({error})", f"a whole {NAME}")
        return
    if known.tiles != len(table.parent):
        yield Finding(NAME, f"it knows {known.tiles} tiles", f"{len(table.parent)}, as tree.bin")
        return
    for number in range(len(known.places)):
        try:
            block = known.block(number)
        except SceneError as error:
            yield Finding(NAME, f"a block can't be read ({error})", "blocks as its header says")
            return
        yield from _check_block(block, table)


def _check_block(block: Block, table: TreeTable) -> Iterator[Finding]:
    place = f"block {block.place[0]}, {block.place[1]}"
    known = np.isfinite(block.highest)
    with np.errstate(invalid="ignore"):
        ordered = block.lowest <= block.highest
    if not np.array_equal(known, np.isfinite(block.lowest)) or not ordered[known].all():
        yield Finding(
            NAME, f"{place} has eyes between wrong heights", "lowest up to highest, or NaN"
        )
    seen = block.seen.reshape(-1, len(block.rows))
    if not np.array_equal(_by_children(block.rows, seen, table), seen):
        yield Finding(
            NAME,
            f"{place} has a tile that can be seen while none below it can, or the other way round",
            "an inner tile wherever a tile below it can be seen",
        )


def _by_children(rows: Int64Array, seen: BoolArray, table: TreeTable) -> BoolArray:
    """What of the rows can be seen, if an inner tile can be where one of its children can."""
    told = np.where(table.child_count[rows] == 0, seen, False)
    parents = table.parent[rows]
    at = np.searchsorted(rows, parents)
    for child in np.flatnonzero(parents >= 0)[::-1].tolist():
        if at[child] >= len(rows) or rows[at[child]] != parents[child]:
            return np.zeros_like(seen[:, :0])
        told[:, at[child]] |= seen[:, child]
    return told
