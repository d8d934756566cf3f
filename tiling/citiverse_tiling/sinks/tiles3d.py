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
    from citiverse_tiling.model import Float64Array, Int64Array
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
        first = np.searchsorted(rows, tree.first_children[rows])
        errors = tree.geometric_errors_m[rows].astype(np.float32).astype(np.float64).tolist()
        transforms = [frame.transform(own[0]), *_moved_by(own[1:] - above[1:])]
        self._size_m = float(np.linalg.norm(high[0] - low[0]))
        self._store = store
        self._boxes_above = _boxes(low - above, high - above)
        self._errors_above = [errors[0], *np.repeat(errors, tree.child_counts[rows]).tolist()]
        self._children = [
            range(start, start + count)
            for start, count in zip(first.tolist(), tree.child_counts[rows].tolist(), strict=True)
        ]
        self._tiles = [
            Tile(box, error, None, transform, Content(uris[row]))
            for box, error, transform, row in zip(
                _boxes(low - own, high - own), errors, transforms, rows.tolist(), strict=True
            )
        ]
        self._sizes = [len(msgspec.json.encode(tile)) + _CHILDREN_BYTES for tile in self._tiles]

    def root(self) -> Tileset:
        """The layer's tileset; those below it are stored.

        From the leaves upwards, a tile has all below it in its document, where there is room. Where
        there isn't, each child that has children gets a document of its own.
        """
        made: dict[int, Tile] = {}
        sizes = self._sizes
        for row in range(len(self._tiles) - 1, -1, -1):
            children = self._children[row]
            if sizes[row] + sum(sizes[child] for child in children) > MOST_BYTES - _HEAD_BYTES:
                for child in children:
                    if self._children[child]:
                        made[child] = self._reference(child, made[child])
                        sizes[child] = _REFERENCE_BYTES
            sizes[row] += sum(sizes[child] for child in children)
            below = tuple(made.pop(child) for child in children)
            made[row] = msgspec.structs.replace(self._tiles[row], children=below)
        tile = msgspec.structs.replace(made[0], refine="REPLACE")
        return Tileset(_ASSET, max(self._size_m, tile.geometric_error), tile)

    def _reference(self, row: int, tile: Tile) -> Tile:
        """Stores a tile's document, and gives what stands for it in its parent's.

        The root of an external tileset has the transform from the parent's frame, so what refers
        to it has none.
        """
        error = self._errors_above[row]
        root = msgspec.structs.replace(tile, refine="REPLACE")
        uri = self._store(msgspec.json.encode(Tileset(_ASSET, error, root)))
        return Tile(self._boxes_above[row], error, content=Content(uri))


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


def _moved_by(offsets: Float64Array) -> list[tuple[float, ...]]:
    """Transforms by offsets (n, 3), to the millimetre."""
    matrices = np.tile(np.eye(4), (len(offsets), 1, 1))
    matrices[:, 3, :3] = np.round(offsets, 3)
    return [tuple(row) for row in matrices.reshape(-1, 16).tolist()]


def _boxes(low: Float64Array, high: Float64Array) -> list[BoundingVolume]:
    """Upright boxes (n, 3), rounded outward to the millimetre."""
    low, high = np.floor(low * 1e3) / 1e3, np.ceil(high * 1e3) / 1e3
    axes = np.eye(3) * ((high - low) / 2)[:, None]
    numbers = np.round(np.concatenate([(low + high) / 2, axes.reshape(-1, 9)], axis=1), 4)
    return [BoundingVolume(tuple(row)) for row in numbers.tolist()]


def _ecef_box(low: Float64Array, high: Float64Array, frame: SceneFrame) -> BoundingVolume:
    """A box of the scene frame, in ECEF."""
    center, half = frame.to_ecef(((low + high) / 2)[None])[0], (high - low) / 2
    return BoundingVolume((*center.tolist(), *(frame.axes * half[:, None]).ravel().tolist()))
