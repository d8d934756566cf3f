"""tileset.json: the same trees for anything that speaks 3D Tiles 1.1 (OGC 22-025r4).

A large tree is split into subtrees: where one begins, a tile of the document above stands for an
external tileset (clause 7.5), and has nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.frame import SceneFrame
    from citiverse_tiling.model import BoolArray, Float64Array, Int64Array
    from citiverse_tiling.tree.tile_tree import TileTree


MOST_BYTES = 262_144
"""Of one document: a viewer reads it before it shows anything of what is in it."""

_CHILDREN_BYTES = len(',"children":[],"refine":"REPLACE"')
_HEAD_BYTES = 200
_REFERENCE_BYTES = 500
"""A reference takes fewer: 13 numbers, a name and the keys."""

Store: TypeAlias = Callable[[bytes], str]
"""Keeps an external tileset, and gives it a URI relative to the layer's."""


class Part(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True):
    """A piece of a tileset: camel-case names, nothing written that is the default."""


class TilesetAsset(Part, frozen=True):
    version: str
    copyright: str | None = None


class BoundingVolume(Part, frozen=True):
    box: tuple[float, ...]


class Content(Part, frozen=True):
    uri: str


class Tile(Part, frozen=True):
    bounding_volume: BoundingVolume
    geometric_error: float
    refine: str | None = None
    transform: tuple[float, ...] | None = None
    content: Content | None = None
    children: tuple[Tile, ...] = ()


class Tileset(Part, frozen=True):
    asset: TilesetAsset
    geometric_error: float
    root: Tile


_ASSET = TilesetAsset("1.1")


class LayerTilesets:
    """Makes the documents of one layer: its tileset, and external ones below where it is large."""

    def __init__(
        self, tree: TileTree, layer: int, uris: Sequence[str], frame: SceneFrame, store: Store
    ) -> None:
        """`uris` are of all rows of the tree, relative to the tileset's file.

        The root's transform is that of the scene frame, moved by its translation, to ECEF; each
        child's moves from its parent's translation to its own.
        """
        rows = np.flatnonzero(tree.layers == layer)
        if not len(rows):
            raise ValueError(f"layer {layer} has no tiles")
        low, high = tree.box_min[rows], tree.box_max[rows]
        own = tree.translations[rows]
        above = tree.translations[np.maximum(tree.parents[rows], 0)]
        self._root_transform = frame.transform(own[0])
        self._offsets = np.round(own - above, 3)
        self._boxes = _boxes(low - own, high - own)
        self._boxes_above = _boxes(low - above, high - above)
        self._errors = tree.geometric_errors_m[rows].astype(np.float32).astype(np.float64)
        self._uris, self._rows = uris, rows
        self._size_m = float(np.linalg.norm(high[0] - low[0]))
        self._store = store
        self._first = np.searchsorted(rows, tree.first_children[rows])
        self._counts = tree.child_counts[rows]
        self._parents = np.searchsorted(rows, tree.parents[rows])

    def root(self) -> Tileset:
        """The layer's tileset; those below it are stored."""
        tile = msgspec.structs.replace(self._with_all_below(0, self._apart()), refine="REPLACE")
        return Tileset(_ASSET, max(self._size_m, tile.geometric_error), tile)

    def _apart(self) -> BoolArray:
        """Which tiles have a document of their own, (n,).

        From the leaves upwards, a tile has all below it in its document, where there is room. Where
        there isn't, each child that has children gets a document of its own.
        """
        sizes = np.array(
            [
                len(msgspec.json.encode(self._tile(row))) + _CHILDREN_BYTES
                for row in range(len(self._rows))
            ]
        )
        apart = np.zeros(len(sizes), np.bool_)
        for row in range(len(sizes) - 1, -1, -1):
            children = self._children(row)
            if sizes[row] + sizes[children].sum() > MOST_BYTES - _HEAD_BYTES:
                apart[children] = self._counts[children] > 0
                sizes[children] = np.where(apart[children], _REFERENCE_BYTES, sizes[children])
            sizes[row] += sizes[children].sum()
        return apart

    def _children(self, row: int) -> slice:
        first = int(self._first[row]) if self._counts[row] else 0
        return slice(first, first + int(self._counts[row]))

    def _tile(self, row: int) -> Tile:
        """A tile without its children."""
        transform = self._root_transform if row == 0 else _moved_by(self._offsets[row])
        content = Content(self._uris[self._rows[row]])
        return Tile(_volume(self._boxes[row]), float(self._errors[row]), None, transform, content)

    def _with_all_below(self, row: int, apart: BoolArray) -> Tile:
        """A tile of a document, with what is below it: only one document is in memory at a time."""
        children = self._children(row)
        below = tuple(
            self._reference(child, self._with_all_below(child, apart))
            if apart[child]
            else self._with_all_below(child, apart)
            for child in range(children.start, children.stop)
        )
        return msgspec.structs.replace(self._tile(row), children=below)

    def _reference(self, row: int, tile: Tile) -> Tile:
        """Stores a tile's document, and gives what stands for it in its parent's.

        The root of an external tileset has the transform from the parent's frame, so what refers
        to it has none.
        """
        error = float(self._errors[self._parents[row]])
        root = msgspec.structs.replace(tile, refine="REPLACE")
        uri = self._store(msgspec.json.encode(Tileset(_ASSET, error, root)))
        return Tile(_volume(self._boxes_above[row]), error, content=Content(uri))


def scene_tileset(
    tree: TileTree, roots: Int64Array, uris: Sequence[str], frame: SceneFrame
) -> Tileset:
    """The tileset over the layers' tilesets; `roots` are their rows, `uris` their files."""
    errors = [
        float(np.linalg.norm(tree.box_max[row] - tree.box_min[row])) for row in roots.tolist()
    ]
    layers = tuple(
        Tile(
            _ecef_box(tree.box_min[row], tree.box_max[row], frame),
            error,
            content=Content(uri),
        )
        for row, error, uri in zip(roots.tolist(), errors, uris, strict=True)
    )
    low, high = tree.box_min[roots].min(axis=0), tree.box_max[roots].max(axis=0)
    size = float(np.linalg.norm(high - low))
    root = Tile(_ecef_box(low, high, frame), size, "ADD", children=layers)
    return Tileset(_ASSET, size, root)


def _moved_by(offset: Float64Array) -> tuple[float, ...]:
    """The transform by an offset (3,)."""
    matrix = np.eye(4)
    matrix[3, :3] = offset
    return tuple(matrix.ravel().tolist())


def _boxes(low: Float64Array, high: Float64Array) -> Float64Array:
    """Upright boxes (n, 12) as 3D Tiles has them, rounded outward to the millimetre."""
    low, high = np.floor(low * 1e3) / 1e3, np.ceil(high * 1e3) / 1e3
    axes = np.eye(3) * ((high - low) / 2)[:, None]
    return np.round(np.concatenate([(low + high) / 2, axes.reshape(-1, 9)], axis=1), 4)


def _volume(box: Float64Array) -> BoundingVolume:
    return BoundingVolume(tuple(box.tolist()))


def _ecef_box(low: Float64Array, high: Float64Array, frame: SceneFrame) -> BoundingVolume:
    """A box of the scene frame, in ECEF."""
    center, half = frame.to_ecef(((low + high) / 2)[None])[0], (high - low) / 2
    return BoundingVolume((*center.tolist(), *(frame.axes * half[:, None]).ravel().tolist()))
