"""tileset.json: the same trees for anything that speaks 3D Tiles 1.1 (OGC 22-025r4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.frame import SceneFrame
    from citiverse_tiling.model import Float64Array, Int64Array
    from citiverse_tiling.tree.tile_tree import TileTree


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


def layer_tileset(tree: TileTree, layer: int, uris: Sequence[str], frame: SceneFrame) -> Tileset:
    """A layer's tileset; `uris` are of all rows of the tree, relative to the tileset's file.

    The root's transform is that of the scene frame, moved by its translation, to ECEF; each
    child's moves from its parent's translation to its own.
    """
    errors = tree.geometric_errors_m.astype(np.float32).astype(np.float64)
    children: dict[int, list[Tile]] = {}
    for row in np.flatnonzero(tree.layers == layer)[::-1].tolist():
        parent = int(tree.parents[row])
        translation = tree.translations[row]
        if parent < 0:
            transform = frame.transform(translation)
        else:
            transform = _moved_by(translation - tree.translations[parent])
        below = children.pop(row, [])
        tile = Tile(
            _box(tree.box_min[row] - translation, tree.box_max[row] - translation, np.eye(3)),
            float(errors[row]),
            "REPLACE" if parent < 0 else None,
            transform,
            Content(uris[row]),
            tuple(reversed(below)),
        )
        if parent < 0:
            size = float(np.linalg.norm(tree.box_max[row] - tree.box_min[row]))
            return Tileset(TilesetAsset("1.1"), max(size, tile.geometric_error), tile)
        children.setdefault(parent, []).append(tile)
    raise ValueError(f"layer {layer} has no tiles")


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
    return Tileset(TilesetAsset("1.1"), size, root)


def _moved_by(offset: Float64Array) -> tuple[float, ...]:
    matrix = np.eye(4)
    matrix[3, :3] = np.round(offset, 3)
    return tuple(matrix.ravel().tolist())


def _box(low: Float64Array, high: Float64Array, axes: Float64Array) -> BoundingVolume:
    """A box with half axes along the rows of `axes`."""
    center, half = (low + high) / 2, (high - low) / 2
    return BoundingVolume((*center.tolist(), *(axes * half[:, None]).ravel().tolist()))


def _ecef_box(low: Float64Array, high: Float64Array, frame: SceneFrame) -> BoundingVolume:
    """A box of the scene frame, in ECEF."""
    center, half = frame.to_ecef(((low + high) / 2)[None])[0], (high - low) / 2
    return BoundingVolume((*center.tolist(), *(frame.axes * half[:, None]).ravel().tolist()))
