"""What inner tiles of buildings may show, on disk: the objects' own blocks, and merged ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.table import Table, TableWriter
from citiverse_tiling.transforms.block import Blocks
from citiverse_tiling.tree.coarse import FarBlocks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from citiverse_tiling.model import Int32Array, Rows

_FIELDS = Blocks.__slots__
_WIDE = ("centers", "axes", "half_sizes", "heights")
_FAR = np.dtype(
    [("object", "<i8"), *((name, "<f8", (2,) if name in _WIDE else ()) for name in _FIELDS)]
)


class FarTable:
    """The blocks of `count` objects, which `own` gives by their rows, and the merged ones."""

    def __init__(self, path: Path, count: int, own: Callable[[Rows], Blocks]) -> None:
        self._count, self._own = count, own
        self._writer = TableWriter(path, _FAR)

    def append(self, more: FarBlocks) -> None:
        """Take merged ones."""
        columns = {name: getattr(more.blocks, name) for name in _FIELDS}
        self._writer.append(object=more.objects, **columns)

    def take(self, rows: Rows) -> FarBlocks:
        """Some blocks: of the objects first, then the merged ones."""
        is_own = rows < self._count
        found = np.empty(len(rows), _FAR)
        if not is_own.all():
            with self.merged() as merged:
                found[~is_own] = merged.take(rows[~is_own] - self._count)
        if is_own.any():
            blocks = self._own(rows[is_own])
            for name in _FIELDS:
                found[name][is_own] = getattr(blocks, name)
            found["object"][is_own] = rows[is_own]
        return _far_blocks(found)

    def merged(self) -> Table:
        """The merged ones only, as many as there are by now."""
        return self._writer.finish()


def far_blocks(merged: Table, first: int, count: int) -> Blocks:
    """Some merged blocks that follow each other."""
    return _far_blocks(merged.take(np.arange(first, first + count))).blocks


def far_objects(merged: Table) -> Int32Array:
    """The object that each merged block is, or the largest of those that it stands for."""
    pieces = [some["object"].astype(np.int32) for some in merged.pieces()]
    return np.concatenate([np.zeros(0, np.int32), *pieces])


def _far_blocks(found: npt.NDArray[np.void]) -> FarBlocks:
    blocks = Blocks(*(np.ascontiguousarray(found[name]) for name in _FIELDS))
    return FarBlocks(blocks, np.ascontiguousarray(found["object"]))
