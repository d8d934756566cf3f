"""What inner tiles of buildings may show, on disk: the objects' own blocks, and merged ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiverse_tiling.table import Table, TableWriter
from citiverse_tiling.transforms.block import Blocks
from citiverse_tiling.tree.coarse import FarBlocks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from citiverse_tiling.model import Int32Array, Int64Array, Rows
    from citiverse_tiling.tree.runs import Runs

_FIELDS = Blocks.__slots__
_WIDE = ("centers", "axes", "half_sizes", "heights")
_FAR = np.dtype(
    [
        ("object", "<i8"),
        ("first_part", "<i8"),
        ("parts", "<i4"),
        *((name, "<f8", (2,) if name in _WIDE else ()) for name in _FIELDS),
    ]
)
_PART = np.dtype([("row", "<i4")])

MOST_BEHIND = 512
"""Objects behind a tile whose blocks have images: farther away, each is but a few pixels wide."""


class Merged(NamedTuple):
    """Merged blocks of so many objects, and the rows of what each stands for, one after the other.

    These rows are of the objects first, then of the merged blocks.
    """

    blocks: Table
    parts: Table
    objects: int


class Behind(NamedTuple):
    """Objects (k,), and for each which of some blocks stands for it, (k,)."""

    objects: Rows
    blocks: Int64Array


class FarTable:
    """The blocks of `count` objects, which `own` gives by their rows, and the merged ones."""

    def __init__(self, path: Path, count: int, own: Callable[[Rows], Blocks]) -> None:
        self._count, self._own = count, own
        self._writer = TableWriter(path, _FAR)
        self._parts = TableWriter(path.with_name(f"{path.name}-parts"), _PART)

    def append(self, more: FarBlocks, parts: Runs) -> None:
        """Take merged ones, and the rows of those that each stands for."""
        columns = {name: getattr(more.blocks, name) for name in _FIELDS}
        first = len(self._parts.finish()) + parts.starts[:-1]
        self._writer.append(
            object=more.objects, first_part=first, parts=np.diff(parts.starts), **columns
        )
        self._parts.append(row=parts.rows)

    def take(self, rows: Rows) -> FarBlocks:
        """Some blocks: of the objects first, then the merged ones."""
        is_own = rows < self._count
        found = np.empty(len(rows), _FAR)
        if not is_own.all():
            with self._writer.finish() as merged:
                found[~is_own] = merged.take(rows[~is_own] - self._count)
        if is_own.any():
            blocks = self._own(rows[is_own])
            for name in _FIELDS:
                found[name][is_own] = getattr(blocks, name)
            found["object"][is_own] = rows[is_own]
        return _far_blocks(found)

    def merged(self) -> Merged:
        """The merged ones only, as many as there are by now."""
        return Merged(self._writer.finish(), self._parts.finish(), self._count)


def far_blocks(merged: Merged, first: int, count: int) -> Blocks:
    """Some merged blocks that follow each other."""
    return _far_blocks(merged.blocks.take(np.arange(first, first + count))).blocks


def far_objects(merged: Merged) -> Int32Array:
    """The object that each merged block is, or the largest of those that it stands for."""
    pieces = [some["object"].astype(np.int32) for some in merged.blocks.pieces()]
    return np.concatenate([np.zeros(0, np.int32), *pieces])


def objects_behind(merged: Merged, first: int, count: int) -> Behind | None:
    """All that some merged blocks that follow each other stand for; None where that is too much."""
    rows, blocks = np.arange(first, first + count) + merged.objects, np.arange(count)
    objects, owners = rows[:0], blocks[:0]
    while len(rows):
        if len(objects) + len(rows) > MOST_BEHIND:
            return None
        own = rows < merged.objects
        objects, owners = np.append(objects, rows[own]), np.append(owners, blocks[own])
        found = merged.blocks.take(rows[~own] - merged.objects)
        each = found["parts"].astype(np.int64)
        within = np.arange(int(each.sum())) - np.repeat(np.cumsum(each) - each, each)
        parts = np.repeat(found["first_part"], each) + within
        rows = merged.parts.take(parts)["row"].astype(np.int64)
        blocks = np.repeat(blocks[~own], each)
    order = np.lexsort((objects, owners))
    return Behind(objects[order], owners[order])


def _far_blocks(found: npt.NDArray[np.void]) -> FarBlocks:
    blocks = Blocks(*(np.ascontiguousarray(found[name]) for name in _FIELDS))
    return FarBlocks(blocks, np.ascontiguousarray(found["object"]))
