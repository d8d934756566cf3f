"""The drawn objects of a whole city, on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.city import Shapes
from citiverse_tiling.table import ROWS_AT_ONCE, TableWriter
from citiverse_tiling.transforms.block import Blocks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

    from citiverse_tiling.model import BoolArray, Float64Array, Int32Array, Layer, Rows, UInt8Array
    from citiverse_tiling.table import Table

_SHAPE = np.dtype(
    [
        ("box_min", "<f8", 3),
        ("box_max", "<f8", 3),
        ("centers", "<f8", 2),
        ("axes", "<f8", 2),
        ("half_sizes", "<f8", 2),
        ("heights", "<f8", 2),
        ("eaves", "<f8"),
        ("errors_m", "<f8"),
        ("widths_m", "<f8"),
        ("texels", "<i8"),
        ("colours", "u1", (2, 4)),
        ("kinds", "u1"),
        ("is_flat", "?"),
    ],
    align=True,
)
_BLOCK = Blocks.__slots__
_OWN = tuple(name for name in Shapes.__slots__ if name not in ("objects", "layers", "blocks"))


class ShapeTableWriter:
    """Takes the shapes of segments in the order of their objects."""

    def __init__(self, path: Path) -> None:
        self._table = TableWriter(path, _SHAPE)
        self._objects = [np.zeros(0, np.int32)]
        self._layers = [np.zeros(0, np.uint8)]

    def append(self, shapes: Shapes, first_object: int) -> None:
        """Add those of a segment whose objects come after so many others."""
        self._objects.append((shapes.objects + first_object).astype(np.int32))
        self._layers.append(shapes.layers)
        self._table.append(**_columns(shapes), **_block_columns(shapes.blocks))

    def finish(self) -> ShapeTable:
        """All of them."""
        objects, layers = np.concatenate(self._objects), np.concatenate(self._layers)
        return ShapeTable(objects, layers, self._table.finish())


@dataclass(frozen=True, slots=True)
class ShapeTable:
    """The m objects that are drawn, see `city.Shapes`: two columns here, and all others on disk.

    objects  int32 (m,), rising; layers uint8 (m,)
    """

    objects: Int32Array
    layers: UInt8Array
    _table: Table

    def __len__(self) -> int:
        return len(self.objects)

    def of(self, layer: Layer) -> Int32Array:
        """Rows of the shapes in a layer."""
        return np.flatnonzero(self.layers == layer).astype(np.int32)

    def take(self, rows: Rows) -> Shapes:
        """Some shapes, in that order."""
        found = self._table.take(rows)
        own = {name: np.ascontiguousarray(found[name]) for name in _OWN}
        return Shapes(
            self.objects[rows].astype(np.int64), self.layers[rows], blocks=_blocks(found), **own
        )

    def blocks(self, rows: Rows) -> Blocks:
        """The blocks of some shapes."""
        return _blocks(self._table.take(rows))

    def some(self, rows: Rows) -> SomeBlocks:
        """The blocks of many shapes, which stay on disk."""
        return SomeBlocks(self, rows)

    def are_flat(self, rows: Rows) -> BoolArray:
        """Which of some shapes have no heights, (n,)."""
        pieces = [some.is_flat for some in self.pieces(rows)]
        return np.concatenate([np.zeros(0, np.bool_), *pieces])

    def pieces(self, rows: Rows) -> Iterator[Shapes]:
        """Some shapes, a few at a time."""
        for start in range(0, len(rows), ROWS_AT_ONCE):
            yield self.take(rows[start : start + ROWS_AT_ONCE])

    def all(self) -> Iterator[Shapes]:
        """All shapes, a few at a time."""
        return self.pieces(np.arange(len(self), dtype=np.int32))

    def change(self, rows: Rows, shapes: Shapes) -> None:
        """Make some shapes others, of the same objects and layers."""
        self._table.put(rows, **_columns(shapes), **_block_columns(shapes.blocks))


@dataclass(frozen=True, slots=True)
class SomeBlocks:
    """The blocks of many shapes, by their rows."""

    shapes: ShapeTable
    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def centers(self) -> Float64Array:
        """The middle of each, (n, 2)."""
        centers = np.empty((len(self), 2))
        for start, piece in self.pieces():
            centers[start : start + len(piece)] = piece.centers
        return centers

    @property
    def bases(self) -> Float64Array:
        """The lowest z of each, (n,)."""
        bases = np.empty(len(self))
        for start, piece in self.pieces():
            bases[start : start + len(piece)] = piece.bases
        return bases

    def take(self, rows: Rows) -> Blocks:
        """Some of them, in that order."""
        return self.shapes.blocks(self.rows[rows])

    def pieces(self) -> Iterator[tuple[int, Blocks]]:
        """All, a few at a time, each time with the number of the first."""
        for start in range(0, len(self), ROWS_AT_ONCE):
            yield start, self.shapes.blocks(self.rows[start : start + ROWS_AT_ONCE])


def _columns(shapes: Shapes) -> dict[str, npt.NDArray[np.generic]]:
    return {name: getattr(shapes, name) for name in _OWN}


def _block_columns(blocks: Blocks) -> dict[str, Float64Array]:
    return {name: getattr(blocks, name) for name in _BLOCK}


def _blocks(found: npt.NDArray[np.void]) -> Blocks:
    return Blocks(*(np.ascontiguousarray(found[name]) for name in _BLOCK))
