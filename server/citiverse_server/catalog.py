"""The trees of tiles and the collider cells of a scene, as columns (tree.bin in scene.md).

Rows are sorted by level and by parent, so a level is a run of rows and the children of a tile are
neighbours: whole levels are worked on at once. Lengths in metres, scene frame.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import SceneError
from .visibility import Sight

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from .protocol import View
    from .visibility import Visibility

    Floats = NDArray[np.float64]
    Singles = NDArray[np.float32]
    Ints = NDArray[np.int32]
    Rows = NDArray[np.intp]
    Bytes = NDArray[np.uint8]
    Bools = NDArray[np.bool_]

MAGIC = b"CVTREE\x00\x01"
HEADER = struct.Struct("<8s4I")
# Boxes and errors were rounded when they were written.
TOLERANCE_M = 1e-3

TILE_COLUMNS = (
    ("box_min", "<f8", 3),
    ("box_max", "<f8", 3),
    ("translation", "<f8", 3),
    ("geometric_error_m", "<f4", 1),
    ("parent", "<i4", 1),
    ("first_child", "<i4", 1),
    ("child_count", "<i4", 1),
    ("level", "<i4", 1),
    ("layer", "<i4", 1),
    ("content_hash", "u1", 16),
    ("content_bytes", "<i4", 1),
    ("content_gzip_bytes", "<i4", 1),
    ("triangles", "<i4", 1),
)
CELL_COLUMNS = (
    ("cell", "<i4", 2),
    ("cell_layer", "<i4", 1),
    ("cell_translation", "<f8", 3),
    ("cell_hash", "u1", 16),
    ("cell_bytes", "<i4", 1),
    ("cell_gzip_bytes", "<i4", 1),
)


@dataclass(frozen=True)
class Tiles:
    """One row a tile; shapes (N, 3), (N,) and (N, 16)."""

    box_min: Floats
    box_max: Floats
    translation: Floats
    geometric_error_m: Singles
    parent: Ints
    first_child: Ints
    child_count: Ints
    level: Ints
    layer: Ints
    content_hash: Bytes
    content_bytes: Ints
    content_gzip_bytes: Ints
    triangles: Ints
    absent_layers: frozenset[int] = frozenset()

    @property
    def count(self) -> int:
        """N."""
        return len(self.parent)

    @cached_property
    def roots(self) -> Rows:
        """Rows of the roots, one a layer, but for those of `absent_layers`."""
        is_absent = np.isin(self.layer, list(self.absent_layers))
        return np.flatnonzero((self.parent < 0) & ~is_absent)

    def children(self, rows: Rows) -> Rows:
        """Rows of all children of `rows`, in the order of `rows`."""
        counts = self.child_count[rows]
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        starts = np.repeat(self.first_child[rows] - (ends - counts), counts)
        return starts + np.arange(total, dtype=np.intp)

    def sent_bytes(self, rows: Rows) -> Ints:
        """How long the contents of `rows` are on the wire, (R,)."""
        packed = self.content_gzip_bytes[rows]
        return np.where(packed > 0, packed, self.content_bytes[rows])

    def hash_of(self, row: int) -> bytes:
        """The 16 bytes that name the content of a tile."""
        return bytes(self.content_hash[row])


@dataclass(frozen=True)
class Cells:
    """One row a collider cell and layer; shapes (C, 2), (C,), (C, 3) and (C, 16)."""

    cell: Ints
    cell_layer: Ints
    cell_translation: Floats
    cell_hash: Bytes
    cell_bytes: Ints
    cell_gzip_bytes: Ints
    absent_layers: frozenset[int] = frozenset()

    @cached_property
    def rows_by_cell(self) -> dict[tuple[int, int], tuple[int, ...]]:
        """Rows of every layer at a cell (i, j), but for those of `absent_layers`."""
        rows: dict[tuple[int, int], tuple[int, ...]] = {}
        layers = self.cell_layer.tolist()
        for row, (i, j) in enumerate(self.cell.tolist()):
            if layers[row] not in self.absent_layers:
                rows[i, j] = (*rows.get((i, j), ()), row)
        return rows

    def hash_of(self, row: int) -> bytes:
        """The 16 bytes that name the content of a cell."""
        return bytes(self.cell_hash[row])


@dataclass(frozen=True, slots=True)
class VariantLayers:
    """The layers that a variant adds, by their numbers, and whether anything makes room for it.

    `apart` (N,) are inner tiles that show a building which it hides or restyles, perhaps as one
    block with others: they are refined wherever the viewer is. None: there are none.
    """

    name: str
    layers: frozenset[int]
    hides: bool
    apart: Bools | None = None


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything a scene can send; `cell_m` is the side of a collider cell.

    `own_rows` are, where layers of others or of variants have joined, the rows of the scene's own
    tiles in the order of tree.bin. Without `visibility` everything may be seen from everywhere.
    """

    tiles: Tiles
    cells: Cells
    cell_m: float
    own_rows: Rows | None = None
    visibility: Visibility | None = None
    variants: tuple[VariantLayers, ...] = ()

    def sight(self, view: View, variant: str = "") -> Sight | None:
        """What can be seen by a walker in a variant, "" for none; None where that is unknown.

        Layers of others always can, those of other variants never.
        """
        chosen = next((one for one in self.variants if one.name == variant), None)
        sight = None
        # What makes room may have hidden something.
        if self.visibility is not None and not (chosen and chosen.hides):
            sight = self.visibility.sight(view.position, view.velocity)
        if self.own_rows is None or (sight is None and not self.variants):
            return sight
        now, soon = (np.ones(self.tiles.count, dtype=np.bool_) for _ in range(2))
        if sight is not None:
            now[self.own_rows], soon[self.own_rows] = sight.now, sight.soon
        others = [number for one in self.variants if one is not chosen for number in one.layers]
        is_elsewhere = np.isin(self.tiles.layer, others)
        now[is_elsewhere] = soon[is_elsewhere] = False
        return Sight(now, soon, chosen.apart if chosen else None)

    def as_it_is(self) -> Catalog:
        """For those who know no variants: nothing of them is sent, and all numbers stay."""
        if not self.variants:
            return self
        added = frozenset().union(*(one.layers for one in self.variants))
        tiles = replace(self.tiles, absent_layers=added)
        return replace(
            self, tiles=tiles, cells=replace(self.cells, absent_layers=added), variants=()
        )


def parse_tree(data: bytes | memoryview, layers: int, cell_m: float, file: Path) -> Catalog:
    """Takes the columns out of tree.bin without copying; raises `SceneError` where it is broken."""
    if len(data) < HEADER.size:
        raise SceneError("the tree is cut short", file, remedy="tile the city again")
    magic, tile_count, cell_count, layer_count, _ = HEADER.unpack_from(data)
    if magic != MAGIC:
        raise SceneError("this is no tree of version 1", file, remedy="tile the city again")
    if layer_count != layers:
        raise SceneError(
            f"the tree has {layer_count} layers, the manifest {layers}",
            file,
            remedy="tile the city again",
        )
    if tile_count == 0:
        raise SceneError("the tree has no tiles", file, remedy="tile the city again")
    columns: dict[str, Any] = {}
    at = HEADER.size
    for count, layout in ((tile_count, TILE_COLUMNS), (cell_count, CELL_COLUMNS)):
        for name, kind, width in layout:
            size = np.dtype(kind).itemsize * width * count
            if at + size > len(data):
                raise SceneError("the tree is cut short", file, remedy="tile the city again")
            column = np.frombuffer(data, dtype=kind, count=width * count, offset=at)
            columns[name] = column if width == 1 else column.reshape(count, width)
            at += -(-size // 8) * 8
    tiles = Tiles(**{name: columns[name] for name, _, _ in TILE_COLUMNS})
    cells = Cells(**{name: columns[name] for name, _, _ in CELL_COLUMNS})
    _check(tiles, cells, layers, file)
    return Catalog(tiles, cells, cell_m)


def _check(tiles: Tiles, cells: Cells, layers: int, file: Path) -> None:
    """What the level of detail relies on; broken rows would otherwise show as holes."""
    # What is no number is found by its rule, and mustn't warn on the way there.
    with np.errstate(invalid="ignore", over="ignore"):
        rules = _broken_rules(tiles, cells, layers)
    for broken, what in rules:
        if np.any(broken):
            row = int(np.argmax(broken))
            raise SceneError(f"row {row} {what}", file, remedy="tile the city again")


def _broken_rules(
    tiles: Tiles, cells: Cells, layers: int
) -> tuple[tuple[NDArray[np.bool_], str], ...]:
    rows = np.arange(tiles.count)
    parent = tiles.parent
    inner = parent >= 0
    above = np.where(inner, parent, 0)
    first = tiles.first_child
    leaf = first < 0
    boxes = np.concatenate([tiles.box_min, tiles.box_max, tiles.translation], axis=1)
    ordered = (parent < rows) & (parent >= -1)
    if not ordered.all():
        return ((~ordered, "of the tiles comes before its parent"),)
    start = np.where(inner, first[above], rows)
    stop = np.where(inner, start + tiles.child_count[above], rows + 1)
    return (
        (inner & ((rows < start) | (rows >= stop)), "of the tiles is missing at its parent"),
        (leaf != (tiles.child_count == 0), "of the tiles has a wrong number of children"),
        (
            ~leaf & (np.minimum(first, rows) != rows)
            | (first.astype(np.int64) + tiles.child_count > tiles.count),
            "of the tiles has children that don't exist",
        ),
        (
            np.bincount(above[inner], minlength=max(1, tiles.count))[: tiles.count]
            != tiles.child_count,
            "of the tiles has a wrong number of children",
        ),
        (
            tiles.level != np.where(inner, tiles.level[above] + 1, 0),
            "of the tiles has a wrong level",
        ),
        (np.diff(parent, prepend=-1) < 0, "of the tiles isn't sorted by its parent"),
        ((tiles.layer < 0) | (tiles.layer >= layers), "of the tiles has an unknown layer"),
        (inner & (tiles.layer != tiles.layer[above]), "of the tiles isn't in its parent's layer"),
        (
            ~np.isfinite(boxes).all(axis=1) | (tiles.box_min > tiles.box_max).any(axis=1),
            "of the tiles has no real box",
        ),
        (
            inner
            & (
                (tiles.box_min < tiles.box_min[above] - TOLERANCE_M)
                | (tiles.box_max > tiles.box_max[above] + TOLERANCE_M)
            ).any(axis=1),
            "of the tiles reaches out of its parent's box",
        ),
        (
            ~(tiles.geometric_error_m >= 0.0)
            | (inner & (tiles.geometric_error_m > tiles.geometric_error_m[above] + TOLERANCE_M)),
            "of the tiles has a geometric error above its parent's",
        ),
        (
            (tiles.content_bytes <= 0) | (tiles.content_gzip_bytes < 0),
            "of the tiles has no content",
        ),
        (
            (cells.cell_layer < 0) | (cells.cell_layer >= layers) | (cells.cell_bytes <= 0),
            "of the collider cells can't be right",
        ),
    )
